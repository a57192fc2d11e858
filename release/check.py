#!/usr/bin/env python3
"""Checks a staged release (release/build) against what Maven Central asks for: every file of every artifact, checksums, POMs that stand alone, licences in the jars.

    release/check.py FOLDER VERSION

Signatures are wanted as soon as one file has one, and have to be good by a key that gpg knows here."""
import hashlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

POM = "{http://maven.apache.org/POM/4.0.0}"
DEMANDED = ["groupId", "artifactId", "version", "name", "description", "url", "licenses/license/name", "licenses/license/url",
            "developers/developer/name", "scm/connection", "scm/url"]
ADDRESSES = ["url", "developers/developer/url", "developers/developer/email", "scm/connection", "scm/developerConnection", "scm/url"]
# The last is what bom/pom.xml has until the project has a place: who owns it writes the real address there and takes it from this list.
PLACEHOLDERS = [r"\bexample\.(com|org|net)\b", r"\bto be set\b", r"\b(todo|tbd|fixme|changeme|placeholder)\b", r"\$\{", r"github\.com/revlayers/revlayers\b"]
JARS = ["", "-sources", "-javadoc"]
ARTIFACTS = {"revlayers-bom": [], "samediff-ops": JARS, "dl4j-revlayers": JARS}


def main(folder, version):
    staging = Path(folder)
    problems = []
    published = {path.parent.parent.name for path in staging.rglob("*.pom")}
    if published != set(ARTIFACTS):
        problems.append(f"published are {sorted(published)}, and should be {sorted(ARTIFACTS)}")
    for artifact in sorted(published & set(ARTIFACTS)):
        place = staging / "org/revlayers" / artifact / version
        problems += of_artifact(place, artifact, version)
    files = [path for path in staging.rglob("*") if path.suffix in (".pom", ".jar", ".json")]
    problems += [problem for path in files for problem in checksums(path)]
    if any(staging.rglob("*.asc")):
        problems += [problem for path in files for problem in signature(path)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(published)} artifacts, {len(files)} files of version {version}: {len(problems)} problems")
    return 1 if problems else 0


def of_artifact(place, artifact, version):
    wanted = [f"{jar}.jar" for jar in ARTIFACTS[artifact]] + [".pom"] + (["-cyclonedx.json"] if ARTIFACTS[artifact] else [])
    if not place.is_dir():
        yield f"{artifact}: no version {version}"
        return
    for suffix in wanted:
        found = [path for path in place.iterdir() if re.fullmatch(file_name(artifact, version) + re.escape(suffix), path.name)]
        if len(found) != 1:
            yield f"{artifact}: {len(found)} files *{suffix}, and should be one"
            continue
        if suffix == ".pom":
            yield from stands_alone(found[0], version)
        elif suffix.endswith(".jar"):
            yield from contents(found[0], suffix)


def file_name(artifact, version):
    """Snapshots have a time and a number in the place of the word."""
    return re.escape(f"{artifact}-{version}").replace("SNAPSHOT", r"(SNAPSHOT|\d{8}\.\d{6}-\d+)")


def stands_alone(path, version):
    pom = ElementTree.parse(path).getroot()
    for element in DEMANDED:
        if not pom.findtext("/".join(POM + name for name in element.split("/")), "").strip():
            yield f"{path.name}: no {element}"
    if not version.endswith("SNAPSHOT"):
        yield from placeholders(path, pom)
    if pom.find(POM + "parent") is not None:
        yield f"{path.name}: has a parent, which is not published"
    if pom.findtext(POM + "version") != version:
        yield f"{path.name}: version {pom.findtext(POM + 'version')}, and should be {version}"
    if "${revision}" in path.read_text():
        yield f"{path.name}: ${{revision}} is left in it"
    for dependency in pom.findall(f"{POM}dependencies/{POM}dependency"):
        named = dependency.findtext(POM + "version", "")
        if not named or "$" in named or (named.endswith("SNAPSHOT") and not version.endswith("SNAPSHOT")):
            yield f"{path.name}: {dependency.findtext(POM + 'artifactId')} has version \"{named}\""


def placeholders(path, pom):
    """What a snapshot may say of where the project lives, and a release may not."""
    for element in ADDRESSES:
        for found in pom.iterfind("/".join(POM + name for name in element.split("/"))):
            text = (found.text or "").strip()
            if any(re.search(placeholder, text, re.IGNORECASE) for placeholder in PLACEHOLDERS):
                yield f"{path.name}: {element} is the placeholder \"{text}\": bom/pom.xml needs the real one before a release"


def contents(path, suffix):
    with zipfile.ZipFile(path) as jar:
        names = jar.namelist()
    kind = {".jar": ".class", "-sources.jar": ".java", "-javadoc.jar": ".html"}[suffix]
    if not any(name.endswith(kind) for name in names):
        yield f"{path.name}: no {kind} in it"
    if suffix == "-javadoc.jar":
        yield from (f"{path.name}: {name}, which is not for users" for name in names if name.startswith("org/revlayers/internal/"))
        return
    yield from (f"{path.name}: no META-INF/{name}" for name in ("LICENSE", "NOTICE") if f"META-INF/{name}" not in names)


def checksums(path):
    for kind in ("md5", "sha1"):
        sum_file = beside(path, kind)
        if not sum_file.exists() or sum_file.read_text().strip() != hashlib.new(kind, path.read_bytes()).hexdigest():
            yield f"{path.name}: no {kind}, or another file's"


def signature(path):
    signed = beside(path, "asc")
    if not signed.exists():
        yield f"{path.name}: no signature"
        return
    gpg = subprocess.run(["gpg", "--batch", "--verify", signed, path], capture_output=True, text=True)
    if gpg.returncode:
        yield f"{path.name}: {gpg.stderr.strip()}"


def beside(path, kind):
    return path.with_name(f"{path.name}.{kind}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
