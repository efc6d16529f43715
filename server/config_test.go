package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestHelp(t *testing.T) {
	t.Parallel()
	t.Run("lists every setting with flag, variable, default and what it is for", func(t *testing.T) {
		t.Parallel()
		code, help := runProgram(t, nil, "--help")
		if code != succeeded {
			t.Errorf("exit code is %d", code)
		}
		plain := strings.Join(strings.Fields(help), " ")
		if got, want := len(settings()), reflect.TypeFor[Config]().NumField()-4; got != want { // three are read from others, and one is for tests
			t.Fatalf("%d settings, want %d", got, want)
		}
		for _, one := range settings() {
			want := "--" + one.flag + ", " + one.variable + " "
			if one.fallback != "" {
				want += "(default " + one.fallback + ") "
			}
			if want += one.help; !strings.Contains(plain, want) || one.help == "" || one.variable == "" {
				t.Errorf("help lacks %q", want)
			}
		}
		for _, one := range commands() {
			if !strings.Contains(plain, one.name+" "+one.purpose) {
				t.Errorf("help lacks the command %s", one.name)
			}
		}
		for line := range strings.SplitSeq(help, "\n") {
			if len(line) > 90 {
				t.Errorf("this line is too long for a terminal: %s", line)
			}
		}
	})
	t.Run("comes with every command", func(t *testing.T) {
		t.Parallel()
		for _, arguments := range [][]string{{"help"}, {"serve", "--help"}, {"migrate", "-h"}, {"office", "--help"}} {
			if code, help := runProgram(t, nil, arguments...); code != succeeded || !strings.Contains(help, "--listen") {
				t.Errorf("%q gives %d: %s", arguments, code, help)
			}
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	t.Run("have defaults for a newcomer", func(t *testing.T) {
		t.Parallel()
		config, _, err := loadConfig(nil, nil, nil)
		if err != nil || config.Mode != Demo || config.Listen != "127.0.0.1:8080" || config.DatabaseURL != "sqlite:data/klantkaart.db" {
			t.Errorf("config is %+v, %v", config, err)
		}
	})
	t.Run("come from flags before the environment", func(t *testing.T) {
		t.Parallel()
		environment := map[string]string{"KLANTKAART_TIMEOUT": "3s", "KLANTKAART_LISTEN": ":1", "REDIS_URL": "", "KLANTKAART_MODE": ""}
		config, _, err := loadConfig([]string{"--listen", ":2", "--allow-get", "--allowed-origins=https://a.example,https://B.example/"}, environment, nil)
		if err != nil || config.Listen != ":2" || config.Timeout != 3*time.Second || !config.AllowGet || config.Mode != Demo {
			t.Errorf("config is %+v, %v", config, err)
		}
		if !config.origins["https://a.example"] || !config.origins["https://b.example"] {
			t.Errorf("origins are %v", config.origins)
		}
		if environment["KLANTKAART_LISTEN"] != ":1" {
			t.Error("the environment was changed")
		}
	})
	for _, given := range [][]string{
		{"--mode", "staging", "must be demo or production"},
		{"--listen", "8080", "must be host:port"},
		{"--listen", "127.0.0.1:http-ish", "must be host:port"},
		{"--database-url", "mysql://u:geheim@h/d", "must begin with sqlite: or postgres: or postgresql:"},
		{"--redis-url", "http://u:geheim@h", "must begin with redis: or rediss:"},
		{"--public-url", "kaart.example.nl", "must be an address"},
		{"--allowed-origins", "https://a.example/path", "must be an address"},
		{"--allowed-origins", "*", "must be an address"},
		{"--trusted-proxies", "10.0.0.1", "must be networks"},
		{"--timeout", "geheim", "must be a duration"},
		{"--timeout", "0s", "must be at least 1ms"},
		{"--drain-delay", "-1s", "must be at least 0s"},
		{"--stop-timeout", "-1s", "must be at least 0s"},
		{"--socket", "legacy", "must be own or stock"},
		{"--sockets", "-1", "must not be negative"},
		{"--sockets-per-user", "veel", "must be a whole number"},
		{"--replay-window", "-1s", "must be at least 0s"},
		{"--report-retention", "0s", "must be at least 1m0s"},
		{"--replay-minimum", "0", "must be at least 1"},
		{"--replay-minimum", "veel", "must be a whole number"},
		{"--history", "-1h", "must be at least 0s"},
		{"--janitor-interval", "0s", "must be at least 1ms"},
		{"--checkpoint-interval", "0s", "must be at least 1ms"},
		{"--allow-get=geheim", "", "must be true or false"},
		{"--log-level", "loud", "must be debug, info, warn or error"},
		{"--log-format", "xml", "must be text or json"},
	} {
		t.Run("refuse "+strings.Join(given[:2], " "), func(t *testing.T) {
			t.Parallel()
			arguments := strings.Fields(strings.Join(given[:2], " "))
			code, out := runProgram(t, nil, arguments...)
			flag, _, _ := strings.Cut(given[0], "=")
			if code != misused || strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "klantkaart: "+flag+" (") || !strings.Contains(out, given[2]) {
				t.Errorf("exit code is %d: %s", code, out)
			}
			if strings.Contains(out, "geheim") {
				t.Errorf("a value is repeated, which may be a secret: %s", out)
			}
		})
	}
	t.Run("refuse trial fields in production", func(t *testing.T) {
		t.Parallel()
		code, out := runProgram(t, map[string]string{"KLANTKAART_MODE": "production", "KLANTKAART_TRIAL": "true"})
		if code != misused || !strings.Contains(out, "--trial (KLANTKAART_TRIAL) is refused in production") {
			t.Errorf("exit code is %d: %s", code, out)
		}
	})
	t.Run("refuse what nobody knows", func(t *testing.T) {
		t.Parallel()
		for _, arguments := range [][]string{{"--unknown"}, {"fly"}, {"serve", "now"}, {"--listen"}, {"serve", "--name", "x"}} {
			if code, out := runProgram(t, nil, arguments...); code != misused || strings.Count(out, "\n") != 1 {
				t.Errorf("%q gives %d: %s", arguments, code, out)
			}
		}
	})
}

func TestCommands(t *testing.T) {
	t.Parallel()
	t.Run("migrate as often as one likes", func(t *testing.T) {
		t.Parallel()
		url := "sqlite:" + filepath.Join(t.TempDir(), "kaart.db")
		for range 2 {
			if code, out := runProgram(t, nil, "migrate", "--database-url", url); code != succeeded || !strings.Contains(out, "is at version") {
				t.Errorf("exit code is %d: %s", code, out)
			}
		}
	})
	t.Run("load the demo office once", func(t *testing.T) {
		t.Parallel()
		url := "sqlite:" + filepath.Join(t.TempDir(), "kaart.db")
		if code, out := runProgram(t, nil, "demo", "--database-url", url); code != succeeded || !strings.Contains(out, "Sanne Verhoef") {
			t.Errorf("exit code is %d: %s", code, out)
		}
		if code, out := runProgram(t, nil, "demo", "--database-url", url); code != failed || !strings.Contains(out, "holds an office already") {
			t.Errorf("exit code is %d: %s", code, out)
		}
	})
	t.Run("refuse the demo office in production", func(t *testing.T) {
		t.Parallel()
		if code, _ := runProgram(t, nil, "demo", "--mode", "production"); code != misused {
			t.Errorf("exit code is %d", code)
		}
	})
	t.Run("tell all that is wrong with an office", func(t *testing.T) {
		t.Parallel()
		code, out := runProgram(t, nil, "office", "--database-url", "sqlite:"+filepath.Join(t.TempDir(), "kaart.db"), "--name", "...", "--administrator", "An", "--email", "x")
		for _, part := range []string{"name: ", "email: ", "password: "} {
			if code != misused || !strings.Contains(out, part) {
				t.Errorf("exit code is %d, %q is missing: %s", code, part, out)
			}
		}
	})
	t.Run("say in one line that the database cannot be reached", func(t *testing.T) {
		t.Parallel()
		code, out := runProgram(t, nil, "serve", "--database-url", "postgres://u:geheim@127.0.0.1:1/x")
		if code != failed || strings.Count(out, "\n") != 1 || strings.Contains(out, "geheim") {
			t.Errorf("exit code is %d: %s", code, out)
		}
	})
	t.Run("tell the version", func(t *testing.T) {
		t.Parallel()
		if code, out := runProgram(t, nil, "version"); code != succeeded || !strings.HasPrefix(out, "klantkaart ") {
			t.Errorf("exit code is %d: %s", code, out)
		}
	})
	t.Run("tell whether the server is ready", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t)
		address := strings.TrimPrefix(o.URL, "http://")
		if code, out := runProgram(t, nil, "health", "--listen", address); code != succeeded || out != "ready\n" {
			t.Errorf("exit code is %d: %s", code, out)
		}
		o.node.draining.Store(true)
		if code, out := runProgram(t, nil, "health", "--listen", address); code != failed || !strings.Contains(out, "503") {
			t.Errorf("exit code is %d: %s", code, out)
		}
		if code, out := runProgram(t, nil, "health", "--listen", "127.0.0.1:1"); code != failed || strings.Count(out, "\n") != 1 {
			t.Errorf("exit code is %d: %s", code, out)
		}
	})
}

func TestOperationsGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range settings() {
		fallback := ""
		if one.fallback != "" {
			fallback = "`" + one.fallback + "` "
		}
		if row := "| `--" + one.flag + "` | `" + one.variable + "` | " + fallback + "|"; !strings.Contains(string(guide), row) {
			t.Errorf("the guide lacks the row %s", row)
		}
	}
}
