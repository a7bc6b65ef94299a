"""Where news may be pushed, and when it is tried again."""

from datetime import timedelta

from portal.domain.conduct.webhooks import may_be_reached, pause_after, pause_in_outage

PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822")
INSIDE = (
    *("127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "::1", "fd00::1", "fec0::1", "100.64.0.1"),
    *("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "64:ff9b:1::7f00:1", "192.0.2.1"),
)
NEVER = (
    *("169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "0.0.0.0", "::"),
    *("224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1"),
)


def test_news_goes_to_public_addresses_and_inside_a_network_only_where_that_is_allowed() -> None:
    assert [each for each in PUBLIC if not may_be_reached(each, private=False)] == []
    assert [each for each in (*INSIDE, *NEVER) if may_be_reached(each, private=False)] == []
    assert [each for each in (*PUBLIC, *INSIDE) if not may_be_reached(each, private=True)] == []
    assert [each for each in NEVER if may_be_reached(each, private=True)] == [], "where clouds keep their secrets"


def test_each_pause_is_twice_the_one_before_up_to_an_hour_and_up_to_a_half_shorter() -> None:
    assert [pause_after(n, 0).total_seconds() for n in (1, 2, 3, 4, 8, 9, 10, 999)] == [
        *(15, 30, 60, 120, 1920, 3600, 3600, 3600)
    ]
    assert pause_after(1, 500) == timedelta(seconds=11.25), "a quarter of fifteen less"
    assert pause_after(9, 1000) == timedelta(minutes=30)


def test_an_endpoint_that_has_failed_for_a_while_is_left_alone_for_as_long_again() -> None:
    lasts = (0, 15, 40, 1800, 9999)
    assert [pause_in_outage(timedelta(seconds=n), 0).total_seconds() for n in lasts] == [15, 15, 40, 1800, 3600]
    assert pause_in_outage(timedelta(seconds=40), 1000) == timedelta(seconds=20)
