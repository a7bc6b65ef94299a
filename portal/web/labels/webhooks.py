"""What an endpoint and a delivery are called, and why a request was not accepted."""

from portal.domain.refusal import N_

WEBHOOK_STATE_LABELS = {"on": N_("News is sent"), "stopped": N_("Stopped by your staff")}

DELIVERY_STATE_LABELS = {
    "failing": N_("Not accepted yet"),
    "delivered": N_("Accepted by your system"),
    "skipped": N_("Skipped"),
}

WEBHOOK_PROBLEM_LABELS = {
    "status": N_("it answered with an error"),
    "redirected": N_("it answered with a redirection, and none is followed; give the address that it leads to"),
    "time-out": N_("there was no whole answer within 15 seconds"),
    "unreachable": N_("no connection could be made"),
    "certificate": N_("its certificate could not be verified"),
    "unknown-name": N_("its name could not be looked up"),
    "private-address": N_("its name leads to an address inside a network, and nothing is sent there"),
    "not-encrypted": N_("its address does not begin with https://"),
    "unreadable": N_("what it answered is not HTTP"),
}
