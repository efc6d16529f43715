package crm

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a password hash: argon2id, two passes over 19 MiB (the OWASP minimum).
const (
	argonPasses  = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	argonLength  = 32
	saltLength   = 16
)

// hashPassword makes the stored form of a password: the parameters, the salt and the hash.
func hashPassword(password string) string {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonThreads, argonLength)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// checkPassword compares in constant time. A stored form that cannot be read matches nothing.
func checkPassword(stored, password string) bool {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return false
	}
	var memory, passes uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		return false
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	want, wantErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || wantErr != nil || len(want) != argonLength {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, argonLength)
	return subtle.ConstantTimeCompare(got, want) == 1
}

// passwordIs compares a password. It takes 19 MiB and 17 ms of a core, so only as many are compared at once as there
// are cores; the others wait.
func (c *core) passwordIs(ctx context.Context, stored, password string) (bool, error) {
	release, err := c.hash(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	return checkPassword(stored, password), nil
}

// passwordHash makes the stored form of a password when its turn comes.
func (c *core) passwordHash(ctx context.Context, password string) (string, error) {
	release, err := c.hash(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return hashPassword(password), nil
}

func (c *core) hash(ctx context.Context) (release func(), err error) {
	select {
	case c.hashing <- struct{}{}:
		return func() { <-c.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// newSecret makes a token: a prefix that tells what it is, and 256 random bits.
func newSecret(prefix string) string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(raw)
}

// hashSecret is what is stored of a token. A token is random enough to need no salt.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
