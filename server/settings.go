package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"
)

// setting is a field of Config, as its tags describe it.
type setting struct {
	field, flag, variable, fallback, help string
	isSwitch                              bool
}

func settings() []setting {
	var all []setting
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if name, ok := field.Tag.Lookup("flag"); ok {
			all = append(all, setting{
				field: field.Name, flag: name, variable: field.Tag.Get("env"), fallback: field.Tag.Get("envDefault"),
				help: field.Tag.Get("help"), isSwitch: field.Type.Kind() == reflect.Bool,
			})
		}
	}
	return all
}

// loadConfig reads the settings: a flag goes before its environment variable, and that before the
// default. own holds the flags of the command itself by name, and gets their values. help tells that the
// arguments ask for an explanation instead.
func loadConfig(arguments []string, environment, own map[string]string) (config Config, help bool, err error) {
	given := maps.Clone(environment)
	if given == nil {
		given = map[string]string{}
	}
	err = readFlags(arguments, given, own)
	if errors.Is(err, flag.ErrHelp) {
		return config, true, nil
	}
	if err != nil {
		return config, false, misuse{err.Error()}
	}
	maps.DeleteFunc(given, func(_, value string) bool { return value == "" }) // an empty variable is none
	if err := env.ParseWithOptions(&config, env.Options{Environment: given}); err != nil {
		return config, false, unreadable(err)
	}
	return config, false, config.check()
}

// readFlags puts the values of flags in the place of their environment variables.
func readFlags(arguments []string, environment, own map[string]string) error {
	flags := flag.NewFlagSet("klantkaart", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for _, one := range settings() {
		flags.Var(&flagValue{name: one.variable, into: environment, isSwitch: one.isSwitch}, one.flag, one.help)
	}
	for name := range own {
		flags.Var(&flagValue{name: name, into: own}, name, "")
	}
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is neither a flag nor a command", flags.Arg(0))
	}
	return nil
}

// flagValue puts what a flag says under a name.
type flagValue struct {
	name     string
	into     map[string]string
	isSwitch bool
}

func (v *flagValue) String() string { return "" }

// Set keeps the value.
func (v *flagValue) Set(value string) error {
	v.into[v.name] = value
	return nil
}

// IsBoolFlag lets a switch stand without a value.
func (v *flagValue) IsBoolFlag() bool { return v.isSwitch }

// unreadable tells which setting could not be read, without repeating its value: it may be a secret.
func unreadable(err error) error {
	var fault env.ParseError
	if !errors.As(err, &fault) {
		return misuse{err.Error()}
	}
	for _, one := range settings() {
		if one.field == fault.Name {
			return wrong(one.flag, "must be "+expected(fault.Type))
		}
	}
	return misuse{err.Error()}
}

func expected(t reflect.Type) string {
	switch t.String() {
	case "time.Duration":
		return "a duration, such as 5s or 1m30s"
	case "int", "int64":
		return "a whole number"
	case "slog.Level":
		return "debug, info, warn or error"
	}
	return "true or false"
}

// wrong names a setting in both its forms.
func wrong(flag, text string) error {
	for _, one := range settings() {
		if one.flag == flag {
			return misuse{fmt.Sprintf("--%s (%s) %s", one.flag, one.variable, text)}
		}
	}
	return misuse{"--" + flag + " " + text}
}

const (
	helpWidth     = 76
	commandMargin = 18 // of what commands are for
)

// printHelp explains the commands and every setting.
func printHelp(out io.Writer) error {
	text := &strings.Builder{}
	fmt.Fprintf(text, "klantkaart: the customer card of a secondment office, over GraphQL\n\nUsage: server [command] [flags]\n\nCommands:\n")
	for _, one := range commands() {
		fmt.Fprintf(text, "  %-16s", one.name)
		fmt.Fprint(text, strings.TrimPrefix(indented(one.purpose, commandMargin), strings.Repeat(" ", commandMargin)))
	}
	fmt.Fprint(text, "\nSettings, as a flag or as an environment variable; the flag goes first:\n")
	for _, one := range settings() {
		fmt.Fprintf(text, "\n  --%s, %s", one.flag, one.variable)
		if one.fallback != "" {
			fmt.Fprintf(text, " (default %s)", one.fallback)
		}
		fmt.Fprintf(text, "\n%s", indented(one.help, 6))
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// indented breaks a text into lines of a terminal, each behind so many blanks.
func indented(text string, blanks int) string {
	lines, line, margin := &strings.Builder{}, "", strings.Repeat(" ", blanks)
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > helpWidth-blanks {
			fmt.Fprintf(lines, "%s%s\n", margin, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	fmt.Fprintf(lines, "%s%s\n", margin, line)
	return lines.String()
}
