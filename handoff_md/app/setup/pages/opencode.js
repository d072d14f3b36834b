// Runs handoff-md's hooks in opencode. `handoff-md init --agent opencode` has written this file, and
// leaves it alone once it was changed; `handoff-md init --agent opencode --remove` takes it away.
// handoff-md-digest: 0000000000000000
import { spawn } from "node:child_process"

const PATIENCE_MILLISECONDS = 10_000

/** Runs `handoff-md hook opencode EVENT`. Gives what it prints; nothing where it can't be run. */
function hook(event, sessionID, directory) {
  return new Promise((resolve) => {
    let told = ""
    const child = spawn("handoff-md", ["hook", "opencode", event], {
      stdio: ["pipe", "pipe", "ignore"],
    })
    const timer = setTimeout(() => child.kill(), PATIENCE_MILLISECONDS)
    const end = (text) => {
      clearTimeout(timer)
      resolve(text)
    }
    child.on("error", () => end(""))
    child.on("close", () => end(told.trim()))
    child.stdin.on("error", () => {})
    child.stdout.setEncoding("utf8")
    child.stdout.on("data", (piece) => {
      told += piece
    })
    child.stdin.end(JSON.stringify({ sessionID, directory }))
  })
}

export const HandoffMd = async ({ directory }) => {
  const told = new Map()
  const subagents = new Set()

  /** Gives what a session is told; asked for once, as the system prompt is made for each request. */
  const tell = (sessionID) => {
    if (!sessionID || subagents.has(sessionID)) return ""
    if (!told.has(sessionID)) told.set(sessionID, hook("session-start", sessionID, directory))
    return told.get(sessionID)
  }

  return {
    event: async ({ event }) => {
      const { info, sessionID = info?.id } = event.properties ?? {}
      if (event.type === "session.created" && info?.parentID) subagents.add(info.id)
      if (!sessionID || subagents.has(sessionID)) return
      if (event.type === "session.idle") await hook("session-idle", sessionID, directory)
      if (event.type === "session.deleted") await hook("session-deleted", sessionID, directory)
    },
    "experimental.chat.system.transform": async (input, output) => {
      const text = await tell(input.sessionID)
      if (text) output.system.push(text)
    },
    "experimental.session.compacting": async (input, output) => {
      await hook("session-compacting", input.sessionID, directory)
      const text = await tell(input.sessionID)
      if (text) output.context.push(text)
    },
  }
}
