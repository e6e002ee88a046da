"""The wheel holds a library for one kind of machine, and no module for one Python."""

import os

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel


class Binary(Distribution):
    def has_ext_modules(self) -> bool:
        return True


class AnyPython(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


setup(
    version=os.environ["SERIALSCRIBE_VERSION"],
    distclass=Binary,
    cmdclass={"bdist_wheel": AnyPython},
)
