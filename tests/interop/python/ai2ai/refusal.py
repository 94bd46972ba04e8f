"""Why a document is not taken: a code of SPEC §19."""

from contextlib import contextmanager


class Refusal(Exception):
    def __init__(self, code, why=""):
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code


@contextmanager
def refused_as(code):
    try:
        yield
    except Refusal as problem:
        raise Refusal(code, str(problem)) from problem
