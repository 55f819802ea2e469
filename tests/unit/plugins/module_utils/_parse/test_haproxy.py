"""What HAProxy prints of its servers, as 2.6.12 does."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.haproxy import State, parse_stat, parse_state

STATE_HEAD = (
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state "
    "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr "
    "srv_agent_addr srv_agent_port\n"
)
STAT_HEAD = (
    "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,"
    "bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,"
    "check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,"
    "req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,"
    "rtime,ttime,agent_status,agent_code,agent_duration,check_desc,\n"
)


def state_of(middle: str) -> State:
    (found,) = parse_state(f"{STATE_HEAD}3 app 1 a 127.0.0.1 {middle} 0 0 0 - 18080 - 0 0 - - 0")
    return found


@pytest.mark.parametrize(
    "middle,maintained,drained,well",
    [
        ("2 0 96 100 8 1 0 2 0 0", False, False, None),  # not checked
        ("2 0 96 1 8 6 3 4 6 0", False, False, True),
        ("2 0 96 1 8 6 0 4 7 0", False, False, True),  # the next check is under way
        ("0 0 96 0 8 8 0 0 7 0", False, False, False),
        ("2 0 96 1 0 1 0 2 7 0", False, False, None),  # the first one is
        ("1 0 96 1 8 6 3 4 6 0", False, False, True),  # warming up
        ("2 0 96 1 0 1 0 2 6 0", False, False, None),  # not checked yet
        ("2 0 96 1 0 8 2 3 6 0", False, False, True),  # one check failed, and it takes more
        ("0 0 96 0 8 8 2 0 6 0", False, False, False),
        ("3 0 96 0 8 8 4 4 6 0", False, False, False),  # it asks for nobody new
        ("2 8 96 0 0 6 3 4 6 0", False, True, True),
        ("2 16 96 0 0 6 3 4 6 0", False, True, True),
        ("0 1 96 0 8 8 2 0 14 0", True, False, None),
        ("0 2 96 0 8 8 2 0 14 0", True, False, None),
        ("0 5 96 1 8 1 0 0 14 0", True, False, None),  # `disabled` in the configuration
        ("2 4 96 1 1 6 3 4 6 0", False, False, True),  # it was, and is ready
        ("0 32 96 1 8 1 0 0 14 0", False, False, False),  # no address
    ],
)
def test_state(middle: str, maintained: bool, drained: bool, well: bool | None) -> None:
    assert state_of(middle) == State("a", 96, maintained, drained, well)


def test_stat() -> None:
    said = (
        "app,e,0,0,7,0,,0,0,0,,0,,0,0,0,0,DOWN,0,1,0,1,1,7,7,,1,3,5,,0,,2,0,,0,L4CON,,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,"
        '"Connection, refused",,0,0,0,0,,,,"Layer4 ""connection"" problem",\n'
        "app,c,0,0,0,0,,0,0,0,,0,,0,0,0,0,no check,1,0,1,,,7,,,1,3,3,,0,,2,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,"
        "0,0,0,0,,,,,\n"
    )
    sick, unchecked = parse_stat(STAT_HEAD + said)
    assert (sick.name, sick.sessions, sick.backup, sick.maintained) == ("e", 7, False, False)
    assert str(sick) == 'DOWN, Layer4 "connection" problem'
    assert (str(unchecked), unchecked.backup) == ("no check", True)
    assert parse_stat(STAT_HEAD) == parse_state(STATE_HEAD) == ()


@pytest.mark.parametrize(
    "status,maintained",
    [("MAINT", True), ("MAINT (via app/a)", True), ("MAINT (resolution)", True), ("DRAIN", False), ("UP 1/3", False)],
)
def test_maintenance(status: str, maintained: bool) -> None:
    (found,) = parse_stat(f"# svname,status,scur\na,{status},0\n")
    assert found.maintained is maintained


@pytest.mark.parametrize(
    "said,words",
    [
        ("", "it said nothing"),
        ("Can't find backend.", "Can't find backend."),
        ("2\n# be_id srv_name\n", "2 # be_id srv_name"),
        ("1", "1"),
        (f"{STATE_HEAD}3 app 1 a 127.0.0.1 2 0 300 1", "'a' of weight 300"),
        (f"{STATE_HEAD}3 app 1 a;quit 127.0.0.1 2 0 3 1", "'a;quit' of weight 3"),
        (f"{STATE_HEAD}3 app 1 a 127.0.0.1 2 x 3 1", "x, where a number was to be"),
        (f"{STATE_HEAD}3 app 1 a 127.0.0.1", "it said nothing, where a number was to be"),
        (f"{STATE_HEAD}3 app 1 a 127.0.0.1 2 0 {'9' * 5000}", "9, where a number was to be"),
    ],
)
def test_no_state(said: str, words: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_state(said)
    assert words in caught.value.message
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("said", ["No such proxy.", "# svname,scur\na,-1", "# svname,scur\na,many"])
def test_no_stat(said: str) -> None:
    with pytest.raises(ParseError):
        parse_stat(said)
