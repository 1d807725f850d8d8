package auditfile

import "runtime"

// private reports whether file modes say who may read a file. On Windows an
// access control list does, which the file inherits from its folder.
const private = runtime.GOOS != "windows"
