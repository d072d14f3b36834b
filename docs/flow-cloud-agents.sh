#!/usr/bin/env bash
# The whole flow with cloud agents: each has a clone of its own and may push one branch. Their pull
# requests are merged by a site that knows nothing of handoff-md. Run it in an empty folder, with
# handoff-md and git on the PATH.
set -euo pipefail

field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# What an agent does in the cloud: a shallow clone, its work, and one branch that it may push.
agent() { # name, task
  git clone --quiet --depth=1 "file://$PWD/site.git" "$1"
  cd "$1"
  git switch --quiet -c "agent/$1"
  session=$(handoff-md session start --title "$2" --agent "$1" --json)
  id=$(field id <<<"$session") log=$(field log <<<"$session")

  echo "$2" > "$1.txt"
  git add -- "$1.txt"
  git commit --quiet --only -m "feat: $2" -- "$1.txt"

  sed '/^### Session Start/,/^### Session End/ s/| \[ \] | |/| [x] | it has no entries yet |/' \
    "$log" > "$log.new"
  mv "$log.new" "$log"
  printf '\n- %s: done, in %s.\n' "$2" "$1.txt" >> "$log"

  # The log and the summary go to the agent's own branch, and that branch to the site.
  handoff-md session end "$id" --push
}

# Once for a repository, and its place on a site.
git init --quiet project
cd project
printf 'coordination = "branch"\ncollect-branches = ["origin/agent/*"]\n' > handoff-md.toml
handoff-md init --yes
git add --all
git commit --quiet -m "chore: prepare for cloud agents"
git clone --quiet --bare . ../site.git
git remote add origin "file://$(cd .. && pwd)/site.git"
git fetch --quiet
cd ..

# The agents, all at the same time: nobody gives out ids.
for name in parser printer tester; do
  (agent "$name" "Write the $name") &
done
wait

# The site merges two pull requests, one by each button; the third one stays open.
git clone --quiet site.git button
cd button
git merge --quiet --no-ff --no-edit origin/agent/parser
git merge --quiet --squash origin/agent/printer
git commit --quiet -m "Write the printer (#2)"
git push --quiet origin HEAD
cd ..

# Whoever merges sees all three, wherever they are by now. A section for them, in one commit.
cd project
git pull --quiet --ff-only origin HEAD
handoff-md merge --fetch --orchestrator lead
handoff-md merge --fetch --orchestrator lead
git push --quiet origin HEAD
