#!/usr/bin/env bash
# The whole flow of a run on several machines that may all push: each has a clone of its own, and
# they tell each other of sessions, the run and summaries by refs on the remote. Run it in an empty
# folder, with handoff-md and git on the PATH.
set -euo pipefail

field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# What an agent does on a machine of its own: it joins the run that another machine has started.
agent() { # name, task
  git clone --quiet "file://$PWD/site.git" "$1"
  cd "$1"
  git switch --quiet -c "$1"
  session=$(handoff-md session start --title "$2" --agent "$1" --json)
  id=$(field id <<<"$session") log=$(field log <<<"$session")

  echo "$2" > "$1.txt"
  git add -- "$1.txt"
  git commit --quiet --only -m "feat: $2" -- "$1.txt"

  sed '/^### Session Start/,/^### Session End/ s/| \[ \] | |/| [x] | it has no entries yet |/' \
    "$log" > "$log.new"
  mv "$log.new" "$log"
  printf '\n- %s: done, in %s.\n' "$2" "$1.txt" >> "$log"

  # The summary goes to the remote at once; the branch brings the work.
  handoff-md session end "$id" --push
}

# Once for a repository.
git init --quiet project
cd project
printf 'coordination = "refs"\n' > handoff-md.toml
handoff-md init --yes
git add --all
git commit --quiet -m "chore: prepare for several machines"
git clone --quiet --bare . ../site.git
git remote add origin "file://$(cd .. && pwd)/site.git"
git fetch --quiet

# The orchestrator starts the one run of all machines.
lead=$(handoff-md session start --title "Lead the run" --json)
leader=$(field id <<<"$lead")
handoff-md run start --orchestrator "$leader"
cd ..

# The agents, all at the same time.
for name in parser printer tester; do
  (agent "$name" "Write the $name") &
done
wait

# The orchestrator sees all of them, and merges what they have handed over. Meanwhile somebody
# else has pushed: that is joined.
cd parser
git switch --quiet main
echo "of others" > other.txt
git add other.txt
git commit --quiet -m "docs: of others"
git push --quiet origin main
cd ../project
handoff-md run status
handoff-md run finish --orchestrator "$leader" --push
git ls-remote origin 'refs/handoff/*'
