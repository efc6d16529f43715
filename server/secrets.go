package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"klantkaart/crm"
)

// keyFile is the name of the key that demo mode makes.
const keyFile = "secret.key"

// keyOf reads a key. The error does not repeat it.
func keyOf(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != crm.KeyLength {
		return nil, errors.New("must be 32 bytes in base64")
	}
	return key, nil
}

func (c *Config) checkOldKeys() error {
	if len(c.OldSecretKeys) > 0 && c.SecretKey == "" {
		return errors.New("needs --secret-key too")
	}
	_, err := c.oldKeys()
	return err
}

func (c *Config) oldKeys() ([][]byte, error) {
	keys := make([][]byte, len(c.OldSecretKeys))
	for i, text := range c.OldSecretKeys {
		key, err := keyOf(text)
		if err != nil {
			return nil, err
		}
		keys[i] = key
	}
	return keys, nil
}

// openVault gives what second factors are encrypted with; nil where production has no key.
func openVault(config Config) (*crm.Vault, error) {
	text := config.SecretKey
	if text == "" && config.Mode == Demo {
		made, err := demoKey(config)
		if err != nil {
			return nil, err
		}
		text = made
	}
	if text == "" {
		return nil, nil
	}
	key, err := keyOf(text)
	if err != nil {
		return nil, err
	}
	older, err := config.oldKeys()
	if err != nil {
		return nil, err
	}
	return crm.NewVault(key, older...)
}

// demoKey is the key beside the data of the demo; the first start makes it.
func demoKey(config Config) (string, error) {
	folder := "data"
	if path, ok := strings.CutPrefix(config.DatabaseURL, "sqlite:"); ok {
		folder = filepath.Dir(path)
	}
	path := filepath.Join(folder, keyFile)
	kept, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeKey(path); err == nil {
			kept, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return "", fmt.Errorf("keep the key of the demo: %w", err)
	}
	return string(kept), nil
}

// makeKey makes a key, unless another server that shares the folder is first.
func makeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	fresh, err := os.CreateTemp(filepath.Dir(path), keyFile+".*") // for the owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(fresh.Name()) }()
	key := make([]byte, crm.KeyLength)
	_, _ = rand.Read(key) // never fails
	_, err = fresh.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, fresh.Close()); err != nil {
		return err
	}
	if err := os.Link(fresh.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// rotateSecrets encrypts anew, with the current key, what was encrypted with an older one.
func rotateSecrets(ctx context.Context, p program, config Config) error {
	vault, err := openVault(config)
	if err != nil {
		return err
	}
	if vault == nil {
		return wrong("secret-key", "is needed")
	}
	store, err := openStore(ctx, config)
	if err != nil {
		return err
	}
	services, err := crm.New(store, crm.Options{Vault: vault})
	if err != nil {
		return errors.Join(err, store.Close())
	}
	rotated, err := services.Accounts.RotateSecrets(ctx)
	if err := errors.Join(err, store.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%d second factors are encrypted anew; older keys are no longer needed\n", rotated)
	return nil
}
