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

// Vault encrypts what must be read back and must not stand in the database as it is, with AES-GCM. What it seals names
// its key, so that keys can be replaced: the first seals, all open.
type Vault struct {
	current string
	keys    map[string]cipher.AEAD
}

// errNoKey says that something was sealed with a key that is not among the vault's.
var errNoKey = errors.New("sealed with a key that is not known")

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
	sealer := v.keys[v.current]
	nonce := make([]byte, sealer.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	sealed := sealer.Seal(nonce, nonce, []byte(text), []byte(place))
	return v.current + "." + base64.RawStdEncoding.EncodeToString(sealed)
}

// open decrypts what was sealed for a place.
func (v *Vault) open(place, sealed string) (string, error) {
	name, encoded, _ := strings.Cut(sealed, ".")
	opener := v.keys[name]
	if opener == nil {
		return "", errNoKey
	}
	raw, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil || len(raw) < opener.NonceSize() {
		return "", errors.New("what was sealed cannot be read")
	}
	text, err := opener.Open(nil, raw[:opener.NonceSize()], raw[opener.NonceSize():], []byte(place))
	if err != nil {
		return "", errors.New("what was sealed is not for this place, or was changed")
	}
	return string(text), nil
}

// isCurrent tells whether it was sealed with the current key.
func (v *Vault) isCurrent(sealed string) bool { return strings.HasPrefix(sealed, v.current+".") }
