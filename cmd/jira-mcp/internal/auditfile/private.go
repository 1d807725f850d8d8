package auditfile

import "runtime"

// private: file modes say who may read. On Windows the access control list
// does, and the folder's is inherited.
const private = runtime.GOOS != "windows"
