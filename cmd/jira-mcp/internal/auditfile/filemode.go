package auditfile

import (
	"runtime"
)

// hasFileModes reports whether file modes say who may read a file. On Windows an
// access control list does, which the file inherits from its folder.
const hasFileModes = runtime.GOOS != "windows"
