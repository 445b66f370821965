# Sourced by the scripts of this folder: sets PYTHON to an interpreter that has edubias.
if [ -x .venv/bin/python ]; then
  PYTHON=.venv/bin/python
else
  PYTHON=python3
fi
if ! "$PYTHON" -c "import edubias" 2>/dev/null; then
  echo "edubias is not installed. Run \`make setup\` in $PWD, or: pip install -e \".[embedded]\"" >&2
  exit 2
fi
