// Package clientconfig edits the files in which MCP clients keep their servers.
//
// A file belongs to the client and its user: it may hold other servers, the
// client's own state and comments. So an edit is a splice of bytes: a library
// parses the file, the package finds the place, changes the bytes of the one
// entry, parses the result again and compares everything else. If the file
// cannot be parsed, or anything but the entry would change, nothing is written.
//
// [Clients] lists the clients with their files and the forms of their entries.
// [Open] reads a file; [File.Put] and [File.Remove] return the edited text, and
// [File.Write] writes it and keeps a backup. Read clients.go first, then file.go,
// jsonc.go and toml.go (the edits), own.go (which entries are ours) and verify.go.
package clientconfig
