"""Runs notebooks on BeakerX's Java kernel and checks what they say; see run.sh."""

import importlib.util
import json
import os
import pathlib
import re
import sys
import tempfile
import time

import nbclient
import nbformat

HERE = pathlib.Path(__file__).parent
SECONDS = 300  # of a notebook on a quiet machine; a cell may take as long on any


def kernel(folder):
    """A kernel specification as BeakerX's own installer makes it, which needs a package of Jupyter's that is gone."""
    package = pathlib.Path(importlib.util.find_spec("beakerx_java").origin).parent
    spec = pathlib.Path(folder) / "kernels" / "java"
    spec.mkdir(parents=True)
    command = ["java", "-cp", str(package / "kernel" / "lib" / "*"), "com.twosigma.beakerx.javash.kernel.Java", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "Java", "language": "java", "interrupt_mode": "message"}))


def quiet(output):
    """Without what only a browser shows, results of statements that have none, and what SameDiff prints of every op."""
    if output.output_type == "display_data" and "application/vnd.jupyter.widget-view+json" in output.data:
        return None
    if output.output_type == "execute_result" and output.data.get("text/plain") == "null":
        return None
    if output.output_type == "stream":
        output.text = re.sub(r"(?m)^Added differentiated op .*\n?", "", output.text)
        return output if output.text else None
    return output


def drawn(cell):
    """Whether a cell that is BeakerX's own shows what only a browser does."""
    return "beakerx" not in cell.metadata.get("tags", []) or any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in cell.outputs)


def checks(lines):
    return sum(line.startswith("checked: ") for line in lines)


def run(path, write):
    notebook = nbformat.read(path, 4)
    start = time.time()
    client = nbclient.NotebookClient(notebook, timeout=SECONDS, kernel_name="java", coalesce_streams=True, resources={"metadata": {"path": str(HERE)}})
    client.execute()  # throws where a cell does not compile
    said, wrong = [], []
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        if not drawn(cell):
            wrong.append(f"cell {number} shows no plot of BeakerX's")
        cell.outputs = [kept for kept in map(quiet, cell.outputs) if kept is not None]
        lines = [line for output in cell.outputs if output.output_type == "stream" for line in output.text.splitlines()]
        said += lines
        wrong += [line for line in lines if line.startswith("FAILED: ")]
        asked = len(re.findall(r"(?<!void )\brequire\(", cell.source))
        made = checks(lines)
        if made < asked:  # the kernel shows nothing of an exception: what comes after it is missing
            wrong.append(f"{asked} checks are asked for in cell {number} and {made} held: it ended early, or one failed")
    notebook.metadata.pop("widgets", None)
    if write and not wrong:
        nbformat.write(notebook, path)
    seconds = time.time() - start
    slow = f", more than {SECONDS}: on a machine of its own it should not be" if seconds > SECONDS else ""
    print(f"{path.stem}: {checks(said)} checks, {seconds:.0f} s{slow}" + "".join(f"\n  {line}" for line in (said + wrong if wrong else [])), flush=True)
    return not wrong


def main(arguments):
    write = "--write" in arguments
    names = [name for name in arguments if name != "--write"]
    paths = [HERE / f"{name.removesuffix('.ipynb')}.ipynb" for name in names] or sorted(HERE.glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as folder:
        kernel(folder)
        os.environ["JUPYTER_PATH"] = folder
        passed = [run(path, write) for path in paths]
    sys.exit(0 if all(passed) else 1)


main(sys.argv[1:])
