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
  id=$(field id <<<"$session")
  handoff-md context --for "$id"

  echo "$2" > "$1.txt"
  git add -- "$1.txt"
  git commit --quiet --only -m "feat: $2" -- "$1.txt"

  handoff-md session note "$id" "$2: done, in $1.txt."

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
handoff-md context --for "$leader"
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

# The branches bring the work, and the logs that the section links: as pull requests, say.
git fetch --quiet
for name in parser printer tester; do
  git merge --quiet --no-edit "origin/$name"
done

# The orchestrator's session ends like any other. With no run active it makes its own entry.
handoff-md session note "$leader" "Three sessions ran on three machines."
handoff-md session end "$leader" --push

handoff-md lint
git ls-remote origin 'refs/handoff/*'
