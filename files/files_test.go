package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// each runs a test on every kind of store.
func each(t *testing.T, test func(t *testing.T, store Store)) {
	t.Helper()
	t.Run("Folder", func(t *testing.T) {
		t.Parallel()
		test(t, inFolder(t, t.TempDir()))
	})
	t.Run("S3", func(t *testing.T) {
		t.Parallel()
		store, _ := onBucket(t)
		if err := store.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, store)
	})
}

func inFolder(t *testing.T, name string) *Folder {
	t.Helper()
	store, err := OpenFolder(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// read gives what is under a key from an offset on.
func read(t *testing.T, store Store, key string, from int64) string {
	t.Helper()
	content, err := store.Get(t.Context(), key, from)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	all, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func put(t *testing.T, store Store, key, content string) {
	t.Helper()
	if err := store.Put(t.Context(), key, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

func expectAbsent(t *testing.T, store Store, key string) {
	t.Helper()
	if _, err := store.Get(t.Context(), key, 0); !errors.Is(err, ErrNotFound) {
		t.Errorf("getting it answers %v", err)
	}
	if _, err := store.Size(t.Context(), key); !errors.Is(err, ErrNotFound) {
		t.Errorf("its size is %v", err)
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, store Store) {
		const key = "org_1/ab/fil_1"
		t.Run("has nothing at first", func(t *testing.T) { expectAbsent(t, store, key) })
		t.Run("gives back what was put", func(t *testing.T) {
			put(t, store, key, "Geachte heer Brouwer")
			if got := read(t, store, key, 0); got != "Geachte heer Brouwer" {
				t.Errorf("it gives %q", got)
			}
			if size, err := store.Size(t.Context(), key); err != nil || size != 20 {
				t.Errorf("its size is %d, %v", size, err)
			}
		})
		t.Run("gives it from an offset on, and nothing from its end on", func(t *testing.T) {
			for from, want := range map[int64]string{8: "heer Brouwer", 20: "", 90: ""} {
				if got := read(t, store, key, from); got != want {
					t.Errorf("from %d it gives %q, want %q", from, got, want)
				}
			}
		})
		t.Run("puts anew in place of the old", func(t *testing.T) {
			put(t, store, key, "Beste Klaas")
			if got := read(t, store, key, 0); got != "Beste Klaas" {
				t.Errorf("it gives %q", got)
			}
		})
		t.Run("keeps the old when the new breaks off", func(t *testing.T) {
			broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("de lijn viel weg")))
			if err := store.Put(t.Context(), key, broken); err == nil || !strings.Contains(err.Error(), "de lijn viel weg") {
				t.Errorf("it answers %v", err)
			}
			if got := read(t, store, key, 0); got != "Beste Klaas" {
				t.Errorf("it gives %q", got)
			}
			if err := store.Put(t.Context(), "org_1/ab/fil_2", iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("it answers %v", err)
			}
			expectAbsent(t, store, "org_1/ab/fil_2")
		})
		t.Run("keeps what is empty, and what is long", func(t *testing.T) {
			put(t, store, "org_1/leeg", "")
			if got := read(t, store, "org_1/leeg", 0); got != "" {
				t.Errorf("it gives %q", got)
			}
			long := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
			put(t, store, "org_1/lang", long)
			if got := read(t, store, "org_1/lang", 1<<21+5); got != long[1<<21+5:] {
				t.Errorf("it gives %d bytes", len(got))
			}
		})
		t.Run("deletes, also what is not there", func(t *testing.T) {
			for range 2 {
				if err := store.Delete(t.Context(), key); err != nil {
					t.Fatal(err)
				}
				expectAbsent(t, store, key)
			}
		})
		t.Run("takes only keys that a program made", func(t *testing.T) {
			for _, wrong := range []string{"", "/etc/passwd", "../geheim", "org/../../x", "a//b", "a/", ".incoming/x", "Groot", "é", "a b", strings.Repeat("a", 201)} {
				if err := store.Put(t.Context(), wrong, strings.NewReader("x")); err == nil {
					t.Errorf("it takes %q", wrong)
				}
				if _, err := store.Get(t.Context(), wrong, 0); err == nil || errors.Is(err, ErrNotFound) {
					t.Errorf("of %q it answers %v", wrong, err)
				}
				if _, err := store.Size(t.Context(), wrong); err == nil || store.Delete(t.Context(), wrong) == nil {
					t.Errorf("it asks for %q", wrong)
				}
			}
		})
	})
}

func TestManyPutAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, store Store) {
		var all sync.WaitGroup
		for n := range 8 {
			content := bytes.Repeat([]byte{byte('a' + n)}, 10_000)
			all.Go(func() {
				if err := store.Put(t.Context(), "samen", bytes.NewReader(content)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := read(t, store, "samen", 0); len(got) != 10_000 || strings.Trim(got, got[:1]) != "" {
			t.Errorf("what is there is mixed, of %d bytes", len(got))
		}
	})
}

func TestFolderTidiesWhatACrashLeft(t *testing.T) {
	t.Parallel()
	name := t.TempDir()
	put(t, inFolder(t, name), "org_1/fil_1", "blijft")
	for file, age := range map[string]time.Duration{"oud": 48 * time.Hour, "nieuw": time.Hour} {
		left := filepath.Join(name, incoming, file)
		if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(left, at, at); err != nil {
			t.Fatal(err)
		}
	}
	again := inFolder(t, name)
	entries, err := os.ReadDir(filepath.Join(name, incoming))
	if err != nil || len(entries) != 1 || entries[0].Name() != "nieuw" {
		t.Errorf("of what was gathered remains %v, %v", entries, err)
	}
	if got := read(t, again, "org_1/fil_1", 0); got != "blijft" {
		t.Errorf("it gives %q", got)
	}
}

func TestFolderFollowsNoLinkOut(t *testing.T) {
	t.Parallel()
	name, outside := t.TempDir(), t.TempDir()
	store := inFolder(t, name)
	if err := os.Symlink(outside, filepath.Join(name, "org_2")); err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), "org_2/fil_1", strings.NewReader("x")); err == nil {
		t.Error("content left the folder")
	}
}

func TestBucketRefuses(t *testing.T) {
	t.Parallel()
	t.Run("another secret", func(t *testing.T) {
		t.Parallel()
		store, _ := onBucket(t)
		wrong, err := OpenS3(Bucket{Endpoint: store.client.EndpointURL().String(), Region: testRegion, Name: "kaart",
			AccessKeyID: testKeyID, SecretAccessKey: "anders", Gather: t.TempDir(), Transport: transport(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = wrong.Close() }()
		if err := wrong.Put(t.Context(), "x", strings.NewReader("x")); err == nil || strings.Contains(err.Error(), "anders") {
			t.Errorf("it answers %v", err)
		}
	})
	t.Run("another bucket", func(t *testing.T) {
		t.Parallel()
		store, _ := onBucket(t)
		store.bucket = "elders"
		if err := store.Ping(t.Context()); err == nil {
			t.Error("it is there")
		}
	})
	t.Run("while it is down, which is not absence", func(t *testing.T) {
		t.Parallel()
		store, bucket := onBucket(t)
		bucket.mu.Lock()
		bucket.broken = true
		bucket.mu.Unlock()
		for _, ask := range []func(context.Context) error{
			store.Ping,
			func(ctx context.Context) error { return store.Put(ctx, "x", strings.NewReader("x")) },
			func(ctx context.Context) error { _, err := store.Get(ctx, "x", 0); return err },
			func(ctx context.Context) error { _, err := store.Size(ctx, "x"); return err },
			func(ctx context.Context) error { return store.Delete(ctx, "x") },
		} {
			if err := ask(t.Context()); err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("it answers %v", err)
			}
		}
	})
	t.Run("addresses that are none", func(t *testing.T) {
		t.Parallel()
		for _, endpoint := range []string{"", "s3.example.nl", "ftp://s3.example.nl", "https://"} {
			if _, err := OpenS3(Bucket{Endpoint: endpoint, Name: "kaart", Gather: t.TempDir()}); err == nil {
				t.Errorf("%q is accepted", endpoint)
			}
		}
	})
}
