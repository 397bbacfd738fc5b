"""Logged names and the part they play in a run, judged from their words, or given by the user."""

from tools.roles.beside import assign_roles
from tools.roles.given import NOTHING_GIVEN, TOLD, Given, given_from, given_pairs
from tools.roles.names import role_of
from tools.roles.nouns import UNMAPPED, Role, RoleMatch
from tools.roles.parts import Part, part_named
from tools.roles.to_log import to_log
from tools.roles.words import DECORATION, words_of

__all__ = [
    "DECORATION",
    "NOTHING_GIVEN",
    "TOLD",
    "UNMAPPED",
    "Given",
    "Part",
    "Role",
    "RoleMatch",
    "assign_roles",
    "given_from",
    "given_pairs",
    "part_named",
    "role_of",
    "to_log",
    "words_of",
]
