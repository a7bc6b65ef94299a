"""What time it is: by the lender's own clock, and in a demonstration always on the same day."""

from datetime import UTC, date, datetime

import pytest

from portal.settings import Settings, UnsafeSetting, for_production, from_environment, weak_secrets

SHANGHAI = "Asia/Shanghai"


def settings(fixed: date | None) -> Settings:
    return Settings("sqlite://x", "s" * 32, business_date=fixed)


@pytest.mark.parametrize(
    ("at", "today"),
    [
        (datetime(2026, 6, 14, 15, 59, tzinfo=UTC), date(2026, 6, 14)),
        (datetime(2026, 6, 14, 16, 0, tzinfo=UTC), date(2026, 6, 15)),
    ],
)
def test_the_business_day_turns_at_the_lenders_midnight(at: datetime, today: date) -> None:
    found = settings(None).moment(at, SHANGHAI)
    assert (found.at, found.today) == (at, today)


@pytest.mark.parametrize("hour", range(24))
def test_on_a_fixed_day_every_hour_of_the_clock_is_on_that_day_where_the_lender_is(hour: int) -> None:
    """From four in the afternoon in London it is the next day in Shanghai already; the fixed day stays the day."""
    found = settings(date(2026, 6, 14)).moment(datetime(2026, 11, 25, hour, 30, tzinfo=UTC), SHANGHAI)
    assert found.today == date(2026, 6, 14)
    begin, end = datetime(2026, 6, 13, 16, tzinfo=UTC), datetime(2026, 6, 14, 16, tzinfo=UTC)
    assert begin <= found.at < end


SAFE = {"PORTAL_BASE_URL": "https://pay.example.com", "PORTAL_SMS": "http", "PORTAL_SMS_URL": "https://sms.example.com"}
MADE, OTHER = "K3vXb0yH1u-2mQeZr8tWcDfGhJkLpNs9aYxUiOqEwRt", "a secret of more than thirty-two characters"
WEAK = (
    "a" * 32,
    "ab" * 20,
    "12345678" * 4,
    "changeme" * 4,
    "password" * 4 + "1",
    "x" * 31 + "y",
    "0123456789abcdef" * 2,
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "please-change-this-secret-in-production",
)


@pytest.mark.parametrize("name", ["PORTAL_SECRET", "PORTAL_DATA_KEY", "PORTAL_AUDIT_KEY", "PORTAL_METRICS_TOKEN"])
@pytest.mark.parametrize("weak", WEAK)
def test_a_secret_that_somebody_comes_upon_is_refused_with_what_to_do_and_not_repeated(name: str, weak: str) -> None:
    with pytest.raises(UnsafeSetting) as refused:
        for_production({**SAFE, "PORTAL_SECRET": MADE, name: weak})
    said = str(refused.value)
    assert said.startswith(f"{name}: is easily guessed") and weak not in said
    assert "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'" in said and "vault rewrap" in said


@pytest.mark.parametrize("secret", [MADE, OTHER, "b9d1f06c3e7a48529c0d6ef1a7352b84", "7" * 20 + MADE[:20]])
def test_a_secret_of_chance_or_a_sentence_of_ones_own_is_taken(secret: str) -> None:
    assert for_production({**SAFE, "PORTAL_SECRET": secret}).secret == secret


def test_whoever_tries_it_out_on_their_own_machine_is_warned_of_a_weak_secret_and_goes_on() -> None:
    tried = for_production({"PORTAL_SECRET": "a" * 32})
    assert [warning.partition(":")[0] for warning in weak_secrets(tried)] == ["PORTAL_SECRET"]


def test_a_weak_key_that_is_being_replaced_still_opens_what_it_sealed() -> None:
    kept = for_production({**SAFE, "PORTAL_SECRET": MADE, "PORTAL_DATA_KEY": f"{MADE},{'a' * 32}"})
    assert kept.data_keys[1] == "a" * 32


@pytest.mark.parametrize(
    "elsewhere",
    [
        "postgres://u:hunter2@db.example.com/n",
        "postgres://u@10.0.0.7/n?sslmode=prefer",
        "postgres://u@db/n?sslmode=disable",
    ],
)
def test_a_database_on_another_machine_is_reached_encrypted_or_not_at_all(elsewhere: str) -> None:
    with pytest.raises(UnsafeSetting) as refused:
        for_production({"PORTAL_SECRET": MADE, "PORTAL_DATABASE": elsewhere, **SAFE})
    said = str(refused.value)
    assert said.startswith("PORTAL_DATABASE: ") and "?sslmode=require" in said and "hunter2" not in said
    assert from_environment({"PORTAL_SECRET": MADE, "PORTAL_DATABASE": elsewhere}).database == elsewhere


@pytest.mark.parametrize(
    "fine",
    [
        "sqlite://x",
        "postgres://u@127.0.0.1/n",
        "postgres://u@localhost/n",
        "postgres://u@[::1]:5432/n",
        "postgres://u@/n?host=/run/postgresql",
        "postgres:///n",
        "postgres://u@db.example.com/n?sslmode=require",
        "postgres://u@db.example.com/n?sslmode=verify-full",
    ],
)
def test_a_database_here_or_one_that_is_reached_encrypted_will_do(fine: str) -> None:
    settings = for_production({"PORTAL_SECRET": MADE, "PORTAL_DATABASE": fine, **SAFE})
    assert settings.second_factor, "and staff give a second factor there"


@pytest.mark.parametrize("given", ["0", "-1", "many", "1000001", "6e2", "３０"])
def test_how_many_requests_a_key_has_is_a_whole_number_that_lets_it_ask_at_all(given: str) -> None:
    assert from_environment({"PORTAL_SECRET": MADE}).api_per_minute == 3000
    assert from_environment({"PORTAL_SECRET": MADE, "PORTAL_API_PER_MINUTE": "600"}).api_per_minute == 600
    with pytest.raises(UnsafeSetting, match="PORTAL_API_PER_MINUTE: has to be a whole number from 1 to 1000000"):
        from_environment({"PORTAL_SECRET": MADE, "PORTAL_API_PER_MINUTE": given})
