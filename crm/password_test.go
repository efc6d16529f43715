package crm

import (
	"strings"
	"testing"
)

func TestPassword(t *testing.T) {
	t.Parallel()
	stored := hashPassword("wachtwoord ü")
	t.Run("matches itself alone", func(t *testing.T) {
		t.Parallel()
		for try, want := range map[string]bool{"wachtwoord ü": true, "wachtwoord u": false, "wachtwoord ü ": false, "": false} {
			if got := checkPassword(stored, try); got != want {
				t.Errorf("%q: %v", try, got)
			}
		}
	})
	t.Run("is stored with its cost, and another salt each time", func(t *testing.T) {
		t.Parallel()
		if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") || stored == hashPassword("wachtwoord ü") {
			t.Errorf("got %s", stored)
		}
	})
	t.Run("matches no stored form that cannot be read", func(t *testing.T) {
		t.Parallel()
		parts := strings.Split(stored, "$")
		for _, bad := range []string{"", "x", "$", "$$$$$", strings.Join(parts[:5], "$"), stored + "$x", strings.Replace(stored, "m=19456", "m=veel", 1),
			strings.Join(append(parts[:4:4], "!", parts[5]), "$"), strings.Join(append(parts[:5:5], "!"), "$"), strings.Join(append(parts[:5:5], ""), "$"), unknownPassword} {
			if checkPassword(bad, "wachtwoord ü") || checkPassword(bad, "") {
				t.Errorf("%q matches", bad)
			}
		}
	})
}

func TestSecret(t *testing.T) {
	t.Parallel()
	one, other := newSecret("kks"), newSecret("kks")
	if one == other || !strings.HasPrefix(one, "kks_") || len(one) != len("kks_")+43 {
		t.Errorf("got %s and %s", one, other)
	}
	if hashSecret(one) == hashSecret(other) || strings.Contains(hashSecret(one), one[4:]) {
		t.Errorf("got %s", hashSecret(one))
	}
}
