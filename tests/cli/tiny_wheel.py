"""A wheel that pip installs without a network."""
import zipfile

NAME = "tiny-1-py3-none-any.whl"
FILES = {
    "tiny.py": "x = 1",
    "tiny-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n",
    "tiny-1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny-1.dist-info/RECORD": "tiny.py,,\ntiny-1.dist-info/METADATA,,\ntiny-1.dist-info/WHEEL,,\ntiny-1.dist-info/RECORD,,\n",
}


def make(directory):
    with zipfile.ZipFile(directory / NAME, "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)
