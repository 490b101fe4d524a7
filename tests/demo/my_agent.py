"""An agent that reads its settings, keeps a count of its runs, and writes into the project."""
import json
import pathlib

settings = json.loads((pathlib.Path.home() / ".config/my-agent/settings.json").read_text())
state = pathlib.Path.home() / ".local/share/my-agent/runs"
runs = int(state.read_text()) + 1 if state.exists() else 1
state.write_text(str(runs))
pathlib.Path("report.txt").write_text(f"{settings['name']}: run {runs}\n")
print("the agent has worked", runs, "times")
