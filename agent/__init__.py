"""The investigator: a conversation about training runs in which every number traces to a tool result.

`session.Session.ask` is the one door for all faces. This package builds on `tools`, never the other way round, and
importing it alone loads neither LangChain nor Chainlit.
"""
