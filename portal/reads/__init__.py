"""Rows become frozen values here, one function per question a page asks; who may see it is part of the query."""
