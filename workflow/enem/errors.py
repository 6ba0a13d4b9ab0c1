"""The one exception that is shown to users as a sentence instead of a traceback."""


class InputError(Exception):
    """Something the user gave (config, file, data) cannot be used.

    The message is complete: it names what is wrong, where, and what to do about it.
    """
