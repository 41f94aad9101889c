"""The signs by which families' own words name an error or a topic: phrases of concepts, as data.

A message is read as a row of concepts of vocabulary.py (a word may be several); a phrase matches a part of that row:
  `diary not found`  these three side by side     `a|b`  either     `a?`  or nothing     `a|b~3`  up to three of these
  `~3`  up to three words of no barrier between, in one sentence      `...`  anything between, up to sixty words
  `!a`  not followed by a      `<!a`  not preceded by a, nor by a and a preposition
"""

from dataclasses import dataclass

from bot.flows.guide.instruction import Error, Topic


@dataclass(frozen=True, slots=True)
class Signs:
    """The phrases in which families speak of one error.

    `key`: of these a piece of the wording must hold one to be sure (empty: any word does); `strong`: from this weight
    on a piece of the wording cannot be meant otherwise; `sure`, `doubtful`: the error in their own words;
    `asked`: signs that are sure only where a sign of `where` stands beside them; `barrier`: what no gap may step over;
    `unless`: near misses, which take back all but a strong piece of the wording, and no gap in them steps over
    `unless_barrier`; `unless_weak`: those that take back only what is less than sure by itself.
    """

    key: str = ""
    strong: float = 3.0
    sure: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    barrier: str = ""
    unless_barrier: str = ""
    unless: tuple[str, ...] = ()
    unless_weak: tuple[str, ...] = ()


SIGNS: dict[Error, Signs] = {
    Error.DIARY_NOT_FOUND: Signs(
        key="found problem about_it directed feedback",
        strong=2.8,
        sure=(
            "<!stranger diary ~4 not found|see|exist",
            "diary ~2 not_found_word",
            "not can_it? found|see|find|exist ~3 diary",
            "diary ~2 find|found|see ~1 not can_it",
            "not can_it ~2 find|see ~3 diary",
            "diary ~1 not ~1 can_it ~1 find|see|found",
            "say|system ~5 no ~2 diary",
            "say|system ~5 diary ~3 no",
            "system ~2 lose ~2 diary",
            "system ~2 diary ~1 lose",
            "diary ~3 say ~2 not found|see|exist",
            "say ~3 absence ~2 diary",
            "say|system ~3 not found_p ~3 diary",
            "say|system ~4 diary ~3 not found_p",
        ),
        where=("say", "system", "login", "let_in", "gosuslugi"),
        asked=(
            "<!stranger diary ~3 gone",
            "please_ask|say ~3 parent ~2 tell|tell_they",
            "gone ~2 diary !found|found_p|entered",
            "diary ~2 not found_p",
            "not found_p ~2 diary",
            "diary ~3 no",
            "no ~2 diary",
        ),
        doubtful=(
            "diary ~2 not shown",
            "not shown ~2 diary",
            "not can_i ~1 find|see ~3 diary",
            "diary ~2 not can_i ~1 find|see",
            "my|child|parent ~2 in diary_in ~1 no",
            "my|child|parent ~3 not found|see ~2 diary_in",
            "no ~2 my|child|parent ~2 diary_in",
            "diary_in ~1 no ~1 my|child",
            "not found|see|find ~2 my|child ~2 diary_in",
            "say ~2 not found",
            "tell|tell_they|tell_imp ~4 feedback",
            "diary on found|found_p",
        ),
        barrier="stranger marks paper outing medical password code consent permit",
        unless_barrier="diary",
        unless=(
            "paper ~5 diary",
            "diary ~5 paper",
            "marks ~3 not found|see|shown",
            "no ~1 access",
            "stranger ~3 not found",
            "<!diary not found stranger",
            "not found|see ~2 marks",
        ),
        unless_weak=("lose ~2 diary", "diary ~2 lose", "child not shown"),
    ),
    Error.CONSENT_REQUIRED: Signs(
        key="consent directed notice",
        strong=4.0,
        sure=(
            "consent one_of of? my? parent_of?",
            "ask|necess ~3 consent",
            "ask ~1 give|press ~1 consent",
            "say|ask ~5 parent ~1 give|press ~1 consent",
            "consent ~3 ask|necess",
            "say ~4 consent",
            "say ~4 no ~2 consent",
            "say ~4 consent ~2 not",
            "login|let_in|diary ... parent ~2 not agree|permit_v",
            "parent ~2 not agree|permit_v ... login|let_in|diary",
        ),
        where=("say", "system", "login", "let_in", "diary", "entered"),
        asked=(
            "consent of|my~2 parent_of",
            "need|must ~3 consent|permit",
            "consent|permit ~3 need",
            "ask|necess ~3 permit",
            "without ~3 consent|permit",
            "no ~2 consent|permit",
            "not ~1 give|press ~3 consent|permit",
            "consent ~2 not ~1 give|press",
            "skip ~3 consent",
            "not let_in ~4 consent|permit",
            "consent|permit ~4 not let_in",
            "necess|need give|press ~1 consent",
            "requested ~2 consent",
            "consent ~1 requested",
            "not ~1 give ~1 okay",
            "need|must|ask|until ~3 parent ~2 agree|permit_v",
            "say|ask|need|must|until ~3 parent ~1 give|press ~2 consent",
            "parent ~1 must ~2 agree|permit_v|give",
        ),
        doubtful=(
            "diary|login ~2 consent",
            "consent ~2 for|on|in ~1 diary|login",
            "link ~2 notice",
            "notice ~4 consent",
            "not ~1 came ~3 notice !about|of|code",
            "notice !about|of|code ~3 not ~1 came",
            "came ~2 notice ~2 link",
            "notice ~2 link ~2 came",
            "parent ~1 must|need ~1 confirm_v",
        ),
        barrier="give outing medical marks paper teacher stranger",
        unless_barrier="diary login let_in",
        unless=(
            "outing|medical|marks|paper ... consent|permit|permit_v|agree",
            "consent|permit|permit_v|agree ... outing|medical|marks|paper",
            "teacher ~3 ask|need|say",
            "consent|permit one_of|of|my|parent_of~5 on|for !place|login|diary",
            "consent ~4 cookies",
        ),
        unless_weak=("confirm_v ~3 account", "notice ~3 code", "code ~3 notice"),
    ),
}

# A question about a step of the guide, not an error: the first may stand beside a sure sign, the second may not.
QUESTIONS = (
    "where ~4 give|press ~3 consent",
    "where ~3 consent ~2 give|press",
    "where ~2 need ~2 consent",
    "consent ~2 need ~3 give",
)
STEP_QUESTIONS = ("step ~5 consent", "consent ~5 step", "need|must whether")

# The trouble is over: said after the error, or alone.
SOLVED = (
    "now ~3 <!not found|see|found_p",
    "<!not entered",
    "solved",
    "now not say|ask|shown",
    "diary ~1 <!not found_p",
)
NO_LONGER = ("now not say|ask|shown",)
CONTRAST = ("but", "still", "again_till", "not let_in")
# «дневник не найден, хотя у мужа открылся»: it is over for somebody else alone.
NOT_SOLVED = ("elsewhere ~4 <!not entered|solved|found|see|found_p",)
# The question whether one can do without, asked before it was tried: the error itself was perhaps not seen.
WONDERING = ("may whether ~5 without ~3 consent|permit",)

# Words that only the child's screen has, in any mangling or paraphrase; and those that only the adults' screens have.
CHILD_WORDS = (
    "please_ask ~2 parent",
    "please_ask|ask ~1 parent ~2 tell|tell_imp",
    "parent ~1 tell_they",
    "please_ask ... tell",
    "parent ~1 tell ~1 about_it",
    "consent|permit one_of|of|my~4 parent_of",
    "consent one_of",
    "one_of of parent",
    "parent_adj consent|permit",
    "parent ~2 not agree|permit_v",
    "need|must|ask|until ~3 parent ~2 agree|permit_v|give",
    "parent ~1 must ~3 agree|permit_v|give|consent",
    "without ~1 parent",
)
ADULT_WORDS = ("tell_imp about about_it", "tell_imp ~2 via", "necess consent", "directed ~3 cabinet", "go by link")

# The neighbouring problems, the first that fits.
TOPIC_SIGNS: dict[Topic, tuple[str, ...]] = {
    Topic.FORGOTTEN_PASSWORD: (
        "forget ~3 password",
        "not ~1 know ~1 password",
        "password ~4 forget|wrong",
        "password ~3 not ~1 forget",
    ),
    Topic.NO_CODE: (
        "code ~6 not ~2 came",
        "not ~2 came ~3 code",
        "no ~2 code",
        "code ~2 no",
        "wait ~2 code",
        "code ~2 on ~1 old",
        "not can_i ~1 give ~1 code",
        "code ~4 wrong",
    ),
    Topic.ACCOUNT_LIMITED: (
        "account|gosuslugi ~4 limited",
        "limited ~3 account|gosuslugi|login",
        "seventy_two ~1 limited",
        "login ~2 limited",
        "limited ~2 activity",
    ),
    Topic.ACCOUNT_NOT_CONFIRMED: (
        "account ~4 not ~1 confirmed",
        "not ~1 confirmed ~4 account",
        "need|ask|must ~3 confirmed ~3 account",
        "account ~3 need ~1 confirmed",
        "account ~2 simple",
        "confirm_v ~2 account",
        "account ~2 confirm_v",
        "say ~1 confirm_v",
        "simple ~2 account",
        "account ~4 simple",
    ),
    Topic.CHILD_ACCOUNT: (
        "not ~3 create ~3 child ~2 account",
        "not ~3 create ~3 account ~2 child",
        "child ~2 account ~3 not ~2 create",
        "account ~2 child ~3 not ~2 create",
        "no ~2 create ~2 account",
        "check_w ~2 child ~2 not ~1 passed",
        "check_w ~3 not ~1 passed",
        "not ~2 create ~2 account",
        "child ~2 not ~2 create ~2 account",
        "stranger|account ~3 taken",
    ),
    Topic.SERVICE_DOWN: (
        "system|diary|gosuslugi|stranger ~5 down",
        "down ~3 system|diary|gosuslugi",
        "server_error",
        "down",
        "gosuslugi ~1 not ~1 wont_open",
        "system|diary not works",
    ),
}


def of(error: Error) -> Signs:
    """The signs of an error; one that is known only by its wording has none of its own."""
    return SIGNS.get(error, Signs())
