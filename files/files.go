// Package files keeps the content of files: in a folder, or at a service that speaks S3. It knows nothing of
// what the content is; names, types and who may see it are the business's.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
)

// ErrNotFound says that there is no content under a key.
var ErrNotFound = fmt.Errorf("files: no such content: %w", fs.ErrNotExist)

// Store keeps content under keys. What Put has answered for survives the process and the machine; what was
// not put whole is not there.
type Store interface {
	// Put keeps all that content gives under a key, in place of what was there. Where content fails, its
	// error is answered and nothing changes.
	Put(ctx context.Context, key string, content io.Reader) error
	// Get gives the content of a key from an offset on, or ErrNotFound. The caller closes it.
	Get(ctx context.Context, key string, from int64) (io.ReadCloser, error)
	// Size tells how many bytes there are under a key, or ErrNotFound.
	Size(ctx context.Context, key string) (int64, error)
	// Delete lets go of what is under a key; nothing is fine too.
	Delete(ctx context.Context, key string) error
}

// maxKey is how long a key may be, in bytes.
const maxKey = 200

var keyForm = regexp.MustCompile(`^[a-z0-9_]+(/[a-z0-9_]+)*$`)

// checkKey refuses what is not made by a program: a key is never a part of what users wrote.
func checkKey(key string) error {
	if len(key) > maxKey || !keyForm.MatchString(key) {
		return errors.New("files: a key is made of a-z, 0-9, _ and single slashes")
	}
	return nil
}
