"""Logged names and the part they play in a run, judged from their words, or given by the user."""

from tools.roles.beside import assign_roles
from tools.roles.given import Given, Part, given_pairs, part_named
from tools.roles.names import role_of
from tools.roles.nouns import UNMAPPED, Role, RoleMatch, Split
from tools.roles.words import DECORATION, words_of

__all__ = [
    "DECORATION",
    "UNMAPPED",
    "Given",
    "Part",
    "Role",
    "RoleMatch",
    "Split",
    "assign_roles",
    "given_pairs",
    "part_named",
    "role_of",
    "words_of",
]
