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

// File is an [Origin]: a file that holds the token alone. It is looked at for
// every call (stat, through symbolic links, as Kubernetes and Docker mount
// secrets) and read again when it is another or has changed. While it cannot
// be read, as in the middle of a change, the last token stays; when others can
// write it by now, it does not.
type File struct {
	Path string
	Log  *slog.Logger

	mu     sync.Mutex
	token  Secret
	stamp  fs.FileInfo
	read   time.Time
	warned bool
}

func (f *File) String() string { return "the file " + f.Path }

// settled is how old a change must be for a file's stamp to tell it from the
// next: file systems keep times in ticks.
const settled = 2 * time.Second

// Token implements [Origin].
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
	err = fmt.Errorf("the API token's file: %w", err)
	if f.token.IsZero() || errors.Is(err, errWritable) {
		return Secret{}, err
	}
	if !f.warned {
		f.warned = true
		f.Log.WarnContext(ctx, "the API token's file cannot be read; the last token stays", "error", err)
	}
	return f.token, nil
}

// isSame reports whether the file is the one that was read, unchanged.
func (f *File) isSame(info fs.FileInfo) bool {
	return f.stamp != nil && os.SameFile(f.stamp, info) && f.stamp.Size() == info.Size() && f.stamp.Mode() == info.Mode() &&
		f.stamp.ModTime().Equal(info.ModTime()) && f.read.Sub(info.ModTime()) >= settled
}

func (f *File) load(ctx context.Context) error {
	text, info, err := ReadPrivate(f.Path, maxToken)
	if err != nil {
		return err
	}
	token, err := ParseToken(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if IsShown(info) && (f.stamp == nil || !IsShown(f.stamp)) {
		f.Log.WarnContext(ctx, "the API token's file can be read by others; chmod 600 keeps it to its owner", "file", f.Path, "mode", info.Mode().Perm().String())
	}
	f.token, f.stamp, f.read, f.warned = token, info, time.Now(), false
	return nil
}

// IsShown reports a file that others than its owner can read, as far as mode
// bits tell.
func IsShown(info fs.FileInfo) bool {
	return info.Mode().Perm()&0o044 != 0 && runtime.GOOS != "windows"
}

var errWritable = errors.New("others can write it")

// ReadPrivate reads a file that holds secrets: a regular file, at most most
// bytes, that nobody but its owner can write. Whoever could write it could
// give this program another's identity.
//
// On Windows the mode bits say only whether a file is read-only; who may write
// it stands in its access control list, which is not looked at.
func ReadPrivate(path string, most int64) ([]byte, fs.FileInfo, error) {
	// Opening a pipe would wait for somebody to write.
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
		return nil, nil, fmt.Errorf("%s is refused: %w (mode %04o); chmod go-w %s", path, errWritable, info.Mode().Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return text, info, err
}
