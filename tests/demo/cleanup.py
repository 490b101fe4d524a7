"""A clean-up script gone wrong: deletes every second file of the project, and its repository."""
import pathlib
import shutil

files = sorted(p for p in pathlib.Path("src").rglob("*") if p.is_file())
for path in files[::2]:
    path.unlink()
shutil.rmtree("docs")
shutil.rmtree(".git")
pathlib.Path("app.js").write_text("// cleaned up\n")
print("cleaned up", len(files[::2]), "files, docs/ and .git/")
