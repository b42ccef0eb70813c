"""What pages read reaches the ledger whole, whichever process made them and however it numbers facts."""

from hypothesis import given
from hypothesis import strategies as st

from kbtool.ledger import FactNumbers

FACTS = st.frozensets(st.tuples(st.sampled_from(["url", "face", "in"]), st.sampled_from("abcdef")))


@given(st.lists(st.tuples(st.integers(0, 2), FACTS)), FACTS)
def test_facts_told_by_several_processes_are_heard_as_they_were(made, known):
    workers, home = [FactNumbers(sorted(known)) for _ in range(3)], FactNumbers(sorted(known))
    heard = [(facts, home.heard(workers[worker].told(facts)._replace(process=worker))) for worker, facts in made]
    for facts, numbers in heard:
        assert {home.facts[number] for number in numbers} == facts
        assert home.those(facts) == set(numbers)


def test_a_fact_is_told_in_full_once():
    worker = FactNumbers([("url", "a")])
    assert worker.told([("url", "a"), ("url", "b")]).new == (("url", "b"),)
    assert worker.told([("url", "b")]).new == ()
