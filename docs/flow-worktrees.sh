#!/usr/bin/env bash
# The whole flow from an empty folder to a finished run: three agents, each in a worktree of its
# own. Run it in an empty folder, with handoff-md and git on the PATH.
set -euo pipefail

field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# What an agent does. Yours reads, thinks and writes between its first and its last command.
agent() { # worktree, task
  cd "$1"
  id=$(handoff-md session start --title "$2" --agent "$(basename "$1")" --json | field id)
  handoff-md context --for "$id"

  echo "$2" > "$(basename "$1").txt"
  git add -- "$(basename "$1").txt"
  git commit --quiet --only -m "feat: $2" -- "$(basename "$1").txt"

  handoff-md session note "$id" "$2: done, in $(basename "$1").txt."

  handoff-md session end "$id"
}

# Once for a repository.
git init --quiet project
cd project
handoff-md init --yes --hook
git add --all
git commit --quiet -m "chore: prepare for parallel sessions"

# The orchestrator's own session, and the run. From now on agents leave HANDOFF.md alone.
id=$(handoff-md session start --title "Lead the run" --json | field id)
handoff-md context --for "$id"
handoff-md run start --orchestrator "$id" --expect-count 3

# The agents, all at the same time.
for name in parser printer tester; do
  git worktree add --quiet -b "$name" "../$name"
  (agent "../$name" "Write the $name") &
done

# One write and one commit, as soon as all three have ended.
handoff-md run finish --wait 600
wait

# Their branches bring code and logs, one merge each: git merges several at once without the merge
# driver, which a session that ends late needs.
for name in parser printer tester; do
  git merge --quiet --no-edit "$name"
  git worktree remove "../$name"
done

# The orchestrator's session ends like any other. With no run active it makes its own entry.
handoff-md session note "$id" "Three sessions ran in parallel."
handoff-md session end "$id"

handoff-md lint
