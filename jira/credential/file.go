package credential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// File is an [Origin]: a file that contains the token alone. Each call of Token
// checks the file with stat, which follows the symbolic links that Kubernetes
// and Docker mount secrets through, and reads it again if it was replaced or
// changed.
//
// While the file cannot be read, for instance in the middle of a change, the
// last token stays in use. If others than the owner can write the file by now,
// it does not: any of them may have replaced the token.
type File struct {
	Path string
	Log  *slog.Logger

	mu     sync.Mutex
	token  Secret
	stamp  fs.FileInfo // of the file when it was read
	read   time.Time   // when it was read
	warned bool        // about a read error since the last successful read
}

// String names the file.
func (f *File) String() string { return "the file " + f.Path }

// minStampAge is the age that a change must have before the file's metadata can
// prove that no further change followed. File systems record times in ticks, so
// two writes within one tick leave the same modification time.
const minStampAge = 2 * time.Second

// Token implements [Origin]. It reads the file again if it has changed, and
// also if Jira refused the token that it read last.
func (f *File) Token(ctx context.Context, refused Secret) (Secret, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.Path)
	if err == nil && !f.token.IsZero() && f.token != refused && f.isSame(info) {
		return f.token, nil
	}
	if err == nil {
		err = f.load(ctx)
	}
	if err == nil {
		return f.token, nil
	}
	err = fmt.Errorf("the API token file: %w", err)
	if f.token.IsZero() || errors.Is(err, errWritable) {
		return Secret{}, err
	}
	if !f.warned {
		f.warned = true
		f.Log.WarnContext(ctx, "the API token file cannot be read; the last token stays in use", "error", err)
	}
	return f.token, nil
}

// isSame reports whether the file is the one that was read and has not changed
// since: the same inode, size, mode and modification time. It returns false if
// the file was read less than minStampAge after its change.
func (f *File) isSame(info fs.FileInfo) bool {
	return f.stamp != nil && os.SameFile(f.stamp, info) && f.stamp.Size() == info.Size() && f.stamp.Mode() == info.Mode() &&
		f.stamp.ModTime().Equal(info.ModTime()) && f.read.Sub(info.ModTime()) >= minStampAge
}

// load reads the file and keeps its token. It warns, once, if others can read
// the file. That is no error, because mounted secrets often have the mode 0444.
func (f *File) load(ctx context.Context) error {
	text, info, err := ReadPrivate(f.Path, maxToken)
	if err != nil {
		return err
	}
	token, err := ParseToken(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if IsReadableByOthers(info) && (f.stamp == nil || !IsReadableByOthers(f.stamp)) {
		f.Log.WarnContext(ctx, "others can read the API token file; chmod 600 restricts it to its owner", "file", f.Path, "mode", info.Mode().Perm().String())
	}
	f.token, f.stamp, f.read, f.warned = token, info, time.Now(), false
	return nil
}

// IsReadableByOthers reports whether the mode bits let others than the owner
// read the file. It is false on Windows, where they do not show that.
func IsReadableByOthers(info fs.FileInfo) bool {
	return info.Mode().Perm()&0o044 != 0 && runtime.GOOS != "windows"
}

// errWritable is the error of a file that others than its owner can write.
var errWritable = errors.New("others can write to it")

// ReadPrivate reads a text file that holds secrets and returns its content, in
// UTF-8 (see [DecodeText]), and its metadata. It must be a regular file of at most most bytes without write
// permission for group and others: whoever can write it could give this program
// the identity of another account. Read permission for others is accepted; see
// [IsReadableByOthers]. The checks use the opened file, not the path, so that
// nobody can exchange the file between check and read.
//
// On Windows the mode bits show only whether a file is read-only. Its access
// control list, which decides who may write it, is not checked.
func ReadPrivate(path string, most int64) ([]byte, fs.FileInfo, error) {
	// O_NONBLOCK keeps the open of a named pipe from waiting for a writer.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("%s is not a regular file", path)
	case info.Mode().Perm()&0o022 != 0 && runtime.GOOS != "windows":
		return nil, nil, fmt.Errorf("%s is refused: %w (mode %04o); run chmod go-w %s", path, errWritable, info.Mode().Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return DecodeText(text), info, err
}
