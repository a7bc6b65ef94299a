"""While mutants are tried (`tests.mutants`), the first example that fails will do: none is made smaller."""

import os

from hypothesis import Phase, settings

if "TRYING_MUTANTS" in os.environ:
    settings.register_profile("mutants", settings.get_profile("portal"), phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutants")
