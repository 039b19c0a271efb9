// Package walk prints what a program's configuration may contain, by reflection over the structs that the program itself reads it into.
package walk

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"reflect"
	"sort"
	"strings"
	"time"
)

// Table is what one version of a program reads.
type Table struct {
	Program string `json:"program"`
	Version string `json:"version"`
	// Kind of each configuration file, by a name of ours.
	Roots map[string]string `json:"roots"`
	// Kind of each field by its name, by the name of the struct. Under "+" are structs whose fields are its own, too, and under "*" is the
	// kind of fields with any other name; "*_ending" stands for all names with this ending.
	Structs map[string]map[string]string `json:"structs"`
}

// Unmarshaler is what go.yaml.in/yaml/v2 calls, and v3 calls, too.
type unmarshaler interface {
	UnmarshalYAML(unmarshal func(any) error) error
}

type walker struct {
	special map[string]string
	structs map[string]map[string]string
	names   map[string]reflect.Type
}

// Read makes the table of a program.
//
// special: kinds of types by package and name, for what reflection cannot tell, e.g. that a text is a secret.
func Read(program, version string, roots map[string]any, special map[string]string) Table {
	w := walker{special: special, structs: map[string]map[string]string{}, names: map[string]reflect.Type{}}
	table := Table{Program: program, Version: version, Roots: map[string]string{}, Structs: w.structs}
	for name, root := range roots {
		table.Roots[name] = w.kind(reflect.TypeOf(root))
	}
	return table
}

// Print writes the table to standard output.
func (t Table) Print() {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(t); err != nil {
		panic(err)
	}
}

func (w walker) kind(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return w.kind(t.Elem())
	}
	if kind, ok := w.special[fullName(t)]; ok {
		return kind
	}
	if t == reflect.TypeFor[time.Duration]() {
		return "goDuration"
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[unmarshaler]()) {
		return w.custom(t)
	}
	if _, ok := reflect.PointerTo(t).MethodByName("UnmarshalYAML"); ok {
		panic(fmt.Sprintf("%s reads YAML in a way that is not known here", fullName(t)))
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "text"
	}
	return w.plain(t, t)
}

// What a type that reads itself asks the YAML reader for is what it accepts. It is refused each time, so that it asks for its other forms.
func (w walker) custom(t reflect.Type) string {
	var kinds []string
	_ = reflect.New(t).Interface().(unmarshaler).UnmarshalYAML(func(out any) error {
		asked := reflect.TypeOf(out).Elem()
		kind := ""
		if asked.ConvertibleTo(t) || asked.Name() == "" && asked.Kind() == reflect.Struct {
			kind = w.plain(asked, t)
		} else {
			kind = w.kind(asked)
		}
		for _, known := range kinds {
			if known == kind {
				return errors.New("refused")
			}
		}
		kinds = append(kinds, kind)
		return errors.New("refused")
	})
	if len(kinds) == 0 {
		panic(fmt.Sprintf("%s asks for nothing; add it to the special kinds", fullName(t)))
	}
	return strings.Join(kinds, "|")
}

// The kind of a type without methods; a struct has the name of the type that it is read for.
func (w walker) plain(t, named reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "flag"
	case reflect.String:
		return "text"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "integer"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "natural"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Interface:
		return "anything"
	case reflect.Slice, reflect.Array:
		return "[]" + w.kind(t.Elem())
	case reflect.Map:
		return "{}" + w.kind(t.Elem())
	case reflect.Struct:
		return w.structure(t, named)
	default:
		panic(fmt.Sprintf("%s is a %s", fullName(t), t.Kind()))
	}
}

func (w walker) structure(t, named reflect.Type) string {
	name := path.Base(named.PkgPath()) + "." + named.Name()
	if other, ok := w.names[name]; ok {
		if other != named {
			panic(fmt.Sprintf("%s and %s have the same short name", fullName(other), fullName(named)))
		}
		return name
	}
	w.names[name] = named
	fields := map[string]string{}
	w.structs[name] = fields
	var inlined []string
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() && !field.Anonymous {
			continue
		}
		tag, ok := field.Tag.Lookup("yaml")
		if !ok && field.PkgPath != "" {
			continue
		}
		key, options, _ := strings.Cut(tag, ",")
		if key == "-" {
			continue
		}
		if strings.Contains(","+options+",", ",inline,") {
			inner := field.Type
			for inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Map {
				fields["*"] = w.kind(inner.Elem())
			} else {
				inlined = append(inlined, w.plain(inner, inner))
			}
			continue
		}
		if key == "" {
			key = strings.ToLower(field.Name)
		}
		fields[key] = w.kind(field.Type)
	}
	if len(inlined) > 0 {
		sort.Strings(inlined)
		fields["+"] = strings.Join(inlined, ",")
	}
	return name
}

func fullName(t reflect.Type) string {
	return t.PkgPath() + "." + t.Name()
}
