#!/usr/bin/env bash
# The whole flow from an empty folder to a finished run: three agents in one shared checkout.
# Run it in an empty folder, with handoff-md and git on the PATH.
set -euo pipefail

field() {
  python3 -c '
import json, sys
found = json.load(sys.stdin)
for key in sys.argv[1:]:
    found = found[int(key) if key.isdigit() else key]
print(found)' "$@"
}

# What an agent does. Yours reads, thinks and writes between its first and its last command.
agent() { # name, task, session id
  handoff-md session start --id "$3" --title "$2" --agent "$1"
  handoff-md context --for "$3"

  echo "$2" > "$1.txt"
  commit "$1.txt" "feat: $2"

  handoff-md session note "$3" "$2: done, in $1.txt."

  handoff-md session end "$3"
}

# In a shared checkout a commit names its paths, and is tried again where another one is made.
commit() { # file, message
  for _ in $(seq 50); do
    git add -- "$1" && git commit --quiet --only -m "$2" -- "$1" && return
    sleep 0.2
  done
  return 1
}

# Once for a repository.
git init --quiet project
cd project
handoff-md init --yes --hook
git add --all
git commit --quiet -m "chore: prepare for parallel sessions"

# The orchestrator's own session, and the run with a session for each agent. From now on agents
# leave HANDOFF.md alone.
id=$(handoff-md session start --title "Lead the run" --json | field id)
handoff-md context --for "$id"
run=$(handoff-md run start --orchestrator "$id" --claim 3 --json)

# The agents, all at the same time. Each is told its session.
number=0
for name in parser printer tester; do
  session=$(field sessions "$number" id <<<"$run")
  (agent "$name" "Write the $name" "$session") &
  number=$((number + 1))
done

# One write and one commit, as soon as all three have ended.
handoff-md run finish --wait 600
wait

# The orchestrator's session ends like any other. With no run active it makes its own entry.
handoff-md session note "$id" "Three sessions ran in parallel."
handoff-md session end "$id"

handoff-md lint
