package crm

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeyLength is how long a key of a vault is, in bytes: AES-256.
const KeyLength = 32

// Vault encrypts what must be read back and must not stand in the database, or pass over Redis, as it is, with AES-GCM. What it seals names
// its key, so that keys can be replaced: the first seals, all open.
type Vault struct {
	current string
	keys    map[string]cipher.AEAD
}

// Why something does not open.
var (
	errNoKey      = errors.New("sealed with a key that is not known")
	errUnreadable = errors.New("what was sealed cannot be read")
	errForeign    = errors.New("what was sealed is not for this place, or was changed")
)

// NewVault makes a vault of the current key and of older ones. An error never repeats a key.
func NewVault(current []byte, older ...[]byte) (*Vault, error) {
	v := &Vault{current: keyName(current), keys: make(map[string]cipher.AEAD)}
	for _, key := range append([][]byte{current}, older...) {
		if len(key) != KeyLength {
			return nil, fmt.Errorf("a key has %d bytes, not %d", len(key), KeyLength)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		if v.keys[keyName(key)], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// keyName tells keys apart without telling what they are.
func keyName(key []byte) string {
	sum := sha256.Sum256(append([]byte("klantkaart key "), key...))
	return hex.EncodeToString(sum[:4])
}

// seal encrypts a text for one place: elsewhere it does not open, so that nobody who writes to the database can lend one
// person the secret of another.
func (v *Vault) seal(place, text string) string {
	sealed := v.sealBytes(place, []byte(text))
	return v.current + "." + base64.RawStdEncoding.EncodeToString(sealed[len(v.current):])
}

// open decrypts what was sealed for a place.
func (v *Vault) open(place, sealed string) (string, error) {
	name, encoded, _ := strings.Cut(sealed, ".")
	if v.keys[name] == nil {
		return "", errNoKey
	}
	raw, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return "", errUnreadable
	}
	text, err := v.openBytes(place, append([]byte(name), raw...))
	return string(text), err
}

// sealBytes encrypts bytes for one place, as seal does a text.
func (v *Vault) sealBytes(place string, plain []byte) []byte {
	sealer := v.keys[v.current]
	start := len(v.current) + sealer.NonceSize()
	sealed := make([]byte, start, start+len(plain)+sealer.Overhead())
	copy(sealed, v.current)
	_, _ = rand.Read(sealed[len(v.current):]) // never fails
	return sealer.Seal(sealed, sealed[len(v.current):], plain, []byte(place))
}

// openBytes decrypts what sealBytes sealed for a place.
func (v *Vault) openBytes(place string, sealed []byte) ([]byte, error) {
	name := sealed[:min(len(v.current), len(sealed))]
	opener := v.keys[string(name)]
	if opener == nil {
		return nil, errNoKey
	}
	rest := sealed[len(name):]
	if len(rest) < opener.NonceSize() {
		return nil, errUnreadable
	}
	plain, err := opener.Open(nil, rest[:opener.NonceSize()], rest[opener.NonceSize():], []byte(place))
	if err != nil {
		return nil, errForeign
	}
	return plain, nil
}

// isCurrent tells whether it was sealed with the current key.
func (v *Vault) isCurrent(sealed string) bool { return strings.HasPrefix(sealed, v.current+".") }
