#!/usr/bin/python3
"""The published schemas accept what the loaders accept and nothing else, as a standard validator sees it. TAP on stdout.

A candidate is written as a user's profile; 'nono policy profiles' says whether the loader takes it. What JSON Schema has no words for stands
in BEYOND, each with the reason."""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the sources may be read-only
import clean  # noqa: E402

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(77)

NONO = os.environ["NONO"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MAX_ITEMS = 1024

BEYOND = {
    "a validator sees a mapping, in which a key stands once": '{"filesystem": {"read": ["/a"]}, "filesystem": {}}',
    "a NUL may be part of any JSON text; here it would end a name early": '{"meta": {"description": "a\\u0000b"}}',
    "a size of the whole text is nothing a value has": '{"skipdirs": [%s]}' % ",".join(['"%s"' % ("x" * 2000)] * 600),
    "half of a surrogate pair is a character to a validator": '{"skipdirs": ["\\ud800"]}',
}

ANYTHING = [
    None, True, False, 0, 1, 1.0, 1.5, -1, 65535, 65536, 10**30, "", "a", "a-1", "-a", "a-", "a/b", "a\n", "a b", "x" * 64, "x" * 65, "\u00e9",
    "isolated", "full", "read", [], ["a"], [""], ["a", "a"], ["a-"], ["a/b"], ["/a"], ["~/a", "/b"], [1], [1, 65535], [0], [65536], [1.0], [1.5], [True],
    [None], [[]], [{}], ["a", 1], ["a"] * MAX_ITEMS, ["a"] * (MAX_ITEMS + 1), ["/a"] * MAX_ITEMS, ["/a"] * (MAX_ITEMS + 1),
    [1] * MAX_ITEMS, [1] * (MAX_ITEMS + 1), {}, {"a": "B"}, {"a": "b_1"}, {"a": "1B"}, {"a": "B-"}, {"a": "B\n"}, {"a": ""}, {"": "B"}, {"a": None},
    {"a": {}}, {"a": []}, {"a": {"event": "e", "matcher": "m", "script": "s"}}, {"a": {"event": "e", "matcher": "m"}},
    {"a": {"event": "e", "matcher": "m", "script": None}}, {"a": {"event": "e", "matcher": "m", "script": "s", "x": "y"}},
    {str(i): "B" for i in range(MAX_ITEMS)}, {str(i): "B" for i in range(MAX_ITEMS + 1)},
]

SERVICE = {"upstream": "https://e.org", "credential_key": "k_1"}
SERVICE_VALUES = {
    "upstream": ["", "https://", "http://e.org", "http://localhost", "http://localhost:1/x", "http://localhost.e.org", "http://localhost\n",
                 "http://127.0.0.1/x", "http://127x0x0x1", "http://[::1]:8", "xhttps://e.org", None, 1],
    "credential_key": ["", "a-b", "a\n", "A9_", "vault://x y", "://", None, []],
    "inject_mode": ["header", "url_path", "query_param", "basic_auth", "", "Header", None, 1],
    "inject_header": ["X-Key", "", "a b", "a:", "a\n", "!#$%&'*+-.^_`|~", None, {}],
    "credential_format": ["Bearer {}", "", "a\rb", "a\n", None, 1],
    "path_pattern": ["", "/x", None, 1],
    "path_replacement": ["", None, 1],
    "query_param_name": ["", None, 1],
    "env_var": ["A", "a_1", "1A", "", "A\n", "A-B", None, 1],
    "other": ["x", None],
}

PATHS = [
    "/", "/a", "/a/b.c", "//a", "/a/../b", "/a/./b", "/a b", "/\u00e9", "/a\n", "", "a", "./a", "../a", " /a", "~", "~/", "~/a", "~a", "~a/b", "~~", "~\n", "/~",
    "$HOME", "$HOME/", "$HOME/a", "$HOMEX", "$HOME_/a", "$HOMEX/a", "$HOME.a", "$HOME$UID", "$HOME\n", "${HOME}", "${HOME}/a", "${HOME}a", "${HOME", "${}", "$", "$/a",
    "/$", "/$$", "/a$$b", "$$", "$$/a", "$UID", "$UID/a", "${UID}", "/run/$UID", "/run/${UID}/a", "/a$UID", "/$UID-a", "/$UIDa", "/$UID_", "/${UID}a", "/$UID$UID",
    "/$HOME", "/a/${HOME}", "/$XDG_DATA_HOME", "$TMPDIR", "$TMPDIR/a-$UID", "$WORKDIR", "$WORKDIR/a", "$XDG_CONFIG_HOME/a", "$XDG_DATA_HOME", "$XDG_STATE_HOME/a",
    "${XDG_CACHE_HOME}/a", "$XDG_RUNTIME_DIR/a", "$PATH", "/$PATH", "$home", "~/$UID", "~$UID", "~/$HOME", "~/a$$", "~/\u202e", "/a\\b",
]


def strip(text):
    """JSONC as JSON: remarks and trailing commas become blanks."""
    token = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.S)
    text = token.sub(lambda m: m.group() if m.group()[0] == '"' else re.sub(r"[^\n]", " ", m.group()), text)
    token = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])', re.S)
    return token.sub(lambda m: " " if m.group() == "," else m.group(), text)


class Home:
    """A HOME with candidates as profiles."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="nono-test.", dir="/var/tmp"))
        self.profiles = self.path / ".config/nono/profiles"
        self.profiles.mkdir(parents=True)
        self.texts = []

    def run(self, *words):
        environment = {"HOME": str(self.path), "PATH": os.environ["PATH"]}
        return subprocess.run([NONO, *words], env=environment, capture_output=True, text=True, check=False, cwd=self.path)

    def add(self, text):
        name = f"c-{len(self.texts)}"
        self.texts.append(text)
        (self.profiles / f"{name}.json").write_text(text, encoding="utf-8")
        return name

    def verdicts(self):
        """Name of each candidate: why the loader refuses it, None when it takes it."""
        listed = json.loads(self.run("policy", "profiles", "--json").stdout)
        return {e["name"]: e.get("error") for e in listed if e["name"].startswith("c-")}


class Tests:
    """Counts and prints."""

    def __init__(self):
        self.n = self.failed = 0

    def result(self, ok, name, detail=()):
        self.n += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.n} - {name}")
        for line in list(detail)[:20]:
            print(f"#   {line}")


def schema_of(home, *options):
    schema = json.loads(home.run("profile", "schema", *options).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def path_lists(schema):
    """(section, key) of the lists of paths."""
    for section, s in schema["properties"].items():
        for key, k in s.get("properties", {}).items():
            if "pattern" in k.get("items", {}):
                yield section, key


def generated(schema):
    """Every key, by every name, with every kind of value; and keys that do not exist."""
    yield from ANYTHING
    for name, s in schema["properties"].items():
        for value in ANYTHING:
            yield {name: value}
        keys = s.get("properties")
        if "$ref" in s:
            keys = schema["properties"][s["$ref"].rsplit("/", 1)[1]].get("properties")
        for key in keys or ():
            for value in ANYTHING:
                yield {name: {key: value}}
        for other in keys or ():
            yield {name: {other + "x": ["/a"]}}
        older = {k: v["$ref"].rsplit("/", 1)[1] for k, v in (keys or {}).items() if "$ref" in v}
        for key, newer in older.items():
            for second in [newer] + [o for o in older if older[o] == newer and o != key]:
                for value in ([], ["a"], [1], "a", None):
                    yield {name: {key: value, second: value}}
    for first, second in (("rollback", "undo"), ("env_credentials", "secrets")):
        yield {first: {}, second: {}}
    for key, values in SERVICE_VALUES.items():
        for value in values:
            yield {"network": {"custom_credentials": {"s": {**SERVICE, key: value}}}}
        missing = {k: v for k, v in SERVICE.items() if k != key}
        yield {"network": {"custom_credentials": {"s": missing}}}
    for reference in ("op://a/b", "apple-password://a", "xop://a", "other://a"):
        for extra in ({}, {"env_var": "A"}, {"env_var": None}, {"env_var": ""}):
            yield {"network": {"custom_credentials": {"s": {**SERVICE, "credential_key": reference, **extra}}}}


def guide_examples(home):
    return re.findall(r"^```json\n(.*?)^```$", home.run("profile", "guide").stdout, re.S | re.M)


def written(home):
    """Profiles somebody wrote: shipped ones, those of the tests, what init makes, the examples of the guide."""
    for folder in ("policy/data/profiles", "tests/cases", "tests/demo"):
        for path in sorted((ROOT / folder).glob("*.json")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for options in ([], ["--full"], ["--full", "--extends", "default,codex", "--groups", "git_config"]):
        home.run("profile", "init", "made", "--force", "-o", "made.json", *options)
        yield f"init {options}", (home.path / "made.json").read_text(encoding="utf-8")
    for number, text in enumerate(guide_examples(home)):
        yield f"guide {number}", text


def relative_paths_removed(validator):
    """The loader reads paths when a profile is used: the same schema without their pattern."""
    schema = copy.deepcopy(validator.schema)
    for section, key in path_lists(schema):
        del schema["properties"][section]["properties"][key]["items"]["pattern"]
    return jsonschema.Draft202012Validator(schema)


def compare(tests, name, validator, home, texts, least):
    """`least` of them at the least must be good, and as many bad: a test in which nothing is refused proves nothing."""
    labels = {home.add(text): label for label, text in texts}
    verdicts = home.verdicts()
    wrong, good = [], 0
    for candidate, label in labels.items():
        valid = validator.is_valid(json.loads(strip((home.profiles / f"{candidate}.json").read_text(encoding="utf-8"))))
        good += valid
        if valid != (verdicts[candidate] is None):
            wrong.append(f"{label[:120]}: schema says {valid}, loader says {verdicts[candidate] or 'good'}")
    enough = good >= least and len(labels) - good >= least
    tests.result(not wrong and enough, f"{name}: {good} good, {len(labels) - good} bad", wrong)


def compare_paths(tests, validator, home):
    wrong, verdicts = [], set()
    for text in PATHS:
        profile = {"filesystem": {"read": [text]}}
        name = home.add(json.dumps(profile))
        loader = home.run("policy", "show", name).returncode == 0
        valid = validator.is_valid(profile)
        verdicts.add(valid)
        if valid != loader:
            wrong.append(f"{text!r}: schema says {valid}, loader says {loader}")
    tests.result(not wrong and len(verdicts) == 2, f"paths are read alike: {len(PATHS)}", wrong)
    keys = {f"{s}.{k}" for s, k in path_lists(validator.schema)}
    tests.result("filesystem.allow" in keys and "policy.override_deny" in keys and "network.allow_unix" in keys and len(keys) == 13, "lists of paths have the pattern", keys)


def guide(tests, validator, home):
    """The examples are good to the last path, and do what the guide says when the files they name are there."""
    examples = guide_examples(home)
    (home.path / ".npmrc").touch()
    wrong = []
    for text in examples:
        shown = home.run("policy", "show", home.add(text))
        if not validator.is_valid(json.loads(strip(text))) or shown.returncode != 0:
            wrong.append(text + shown.stderr)
    tests.result(not wrong and len(examples) >= 9, f"every example of the guide is good: {len(examples)}", wrong)


def beyond(tests, validator, home):
    names = {home.add(text): why for why, text in BEYOND.items()}
    verdicts = home.verdicts()
    for candidate, why in names.items():
        text = (home.profiles / f"{candidate}.json").read_text(encoding="utf-8")
        tests.result(validator.is_valid(json.loads(text)) and verdicts[candidate] is not None, f"only the loader can tell: {why}", [verdicts[candidate]])


def groups(tests, home):
    validator = schema_of(home, "--groups")
    shipped = json.loads((ROOT / "policy/data/groups.json").read_text(encoding="utf-8"))
    tests.result(validator.is_valid(shipped), "every shipped group is valid", [e.message for e in validator.iter_errors(shipped)])
    described = {"description": "d"}
    bad = [{}, [], {"groups": []}, {"groups": {"g": {}}}, {"groups": {"g": described}, "x": 1}, {"groups": {"g": {**described, "platform": "bsd"}}}]
    bad += [{"groups": {"g": {**described, key: value}}} for key, value in (
        ("x", 1), ("required", 1), ("description", 1), ("allow", {"x": []}), ("allow", {"read": "a"}), ("allow", {"read": [1]}),
        ("deny", {"unlink": "a"}), ("deny", {"commands": [None]}), ("symlink_pairs", {"a": 1}))]
    taken = [b for b in bad if validator.is_valid(b)]
    tests.result(not taken, "what is no group is not valid", taken)


def main():
    tests, home = Tests(), Home()
    try:
        validator = schema_of(home)
        tests.result(True, "a standard validator takes the schema")
        loose = relative_paths_removed(validator)
        own = list(written(home))
        compare(tests, "profiles somebody wrote", loose, home, own, 2)
        shipped = [json.loads(t) for label, t in own if label.startswith("policy/")]
        tests.result(len(shipped) == 15 and all(validator.is_valid(s) for s in shipped), "every shipped profile is valid, paths and all")
        candidates = ((json.dumps(value), json.dumps(value)) for value in generated(validator.schema))
        compare(tests, "generated profiles", loose, home, candidates, 300)
        compare_paths(tests, validator, home)
        guide(tests, validator, home)
        beyond(tests, validator, home)
        groups(tests, home)
    finally:
        clean.remove_tree(home.path)
    print(f"1..{tests.n}")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
