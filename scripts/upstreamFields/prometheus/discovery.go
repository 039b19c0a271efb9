package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"ha-monitoring/upstreamfields/walk"
)

// sourcePackage is one package of a service discovery, read but not compiled: to compile all takes the clients of all clouds.
type sourcePackage struct {
	name      string
	types     map[string]*ast.TypeSpec
	imports   map[string]string
	functions map[string][]*ast.FuncDecl
	// Names of the structs that were read from the source.
	read  map[string]bool
	table walk.Table
	kinds map[string]string
}

// addDiscoveries adds the structs of all service discoveries that the source of Prometheus registers. Those that are compiled, too, must be
// the same in both ways.
//
// kinds: kinds of types of other packages by package and name.
func addDiscoveries(table walk.Table, source string, kinds map[string]string) {
	fields := map[string]string{}
	table.Structs["discovery.Configs"] = fields
	directories, err := filepath.Glob(filepath.Join(source, "discovery", "*"))
	check(err)
	for _, directory := range directories {
		info, err := os.Stat(directory)
		check(err)
		if !info.IsDir() {
			continue
		}
		read := readPackage(directory, table, kinds)
		for _, registered := range read.registered() {
			field := read.discoveryName(registered) + "_sd_configs"
			kind := "[]" + read.structure(registered)
			if known, ok := table.Structs["config.ScrapeConfig"][field]; ok && known != kind {
				panic(fmt.Sprintf("%s is %s when it is compiled, and %s as it is read", field, known, kind))
			} else if !ok {
				fields[field] = kind
			}
		}
	}
	for _, user := range []string{"config.ScrapeConfig", "config.AlertmanagerConfig"} {
		table.Structs[user]["+"] += ",discovery.Configs"
	}
}

func readPackage(directory string, table walk.Table, kinds map[string]string) sourcePackage {
	read := sourcePackage{
		name: filepath.Base(directory), table: table, kinds: kinds,
		types: map[string]*ast.TypeSpec{}, imports: map[string]string{}, functions: map[string][]*ast.FuncDecl{},
		read: map[string]bool{},
	}
	noTests := func(file fs.FileInfo) bool { return !strings.HasSuffix(file.Name(), "_test.go") }
	packages, err := parser.ParseDir(token.NewFileSet(), directory, noTests, parser.SkipObjectResolution)
	check(err)
	for _, each := range packages {
		for _, file := range each.Files {
			read.add(file)
		}
	}
	return read
}

func (p sourcePackage) add(file *ast.File) {
	for _, imported := range file.Imports {
		from, err := strconv.Unquote(imported.Path.Value)
		check(err)
		name := path.Base(from)
		if imported.Name != nil {
			name = imported.Name.Name
		}
		p.imports[name] = from
	}
	for _, declaration := range file.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			p.functions[declaration.Name.Name] = append(p.functions[declaration.Name.Name], declaration)
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				if named, ok := spec.(*ast.TypeSpec); ok {
					p.types[named.Name.Name] = named
				}
			}
		}
	}
}

// Names of the types that the package registers as configurations.
func (p sourcePackage) registered() []string {
	var names []string
	for _, function := range p.functions["init"] {
		ast.Inspect(function, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			if called, ok := call.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "RegisterConfig" {
				names = append(names, call.Args[0].(*ast.UnaryExpr).X.(*ast.CompositeLit).Type.(*ast.Ident).Name)
			}
			return true
		})
	}
	return names
}

// What the method Name of a type returns.
func (p sourcePackage) discoveryName(typeName string) string {
	returned := p.method(typeName, "Name").Body.List[0].(*ast.ReturnStmt).Results[0]
	name, err := strconv.Unquote(returned.(*ast.BasicLit).Value)
	check(err)
	return name
}

func (p sourcePackage) method(typeName, name string) *ast.FuncDecl {
	for _, function := range p.functions[name] {
		if function.Recv == nil {
			continue
		}
		receiver := function.Recv.List[0].Type
		if pointer, ok := receiver.(*ast.StarExpr); ok {
			receiver = pointer.X
		}
		if receiver.(*ast.Ident).Name == typeName {
			return function
		}
	}
	return nil
}

func (p sourcePackage) kind(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.StarExpr:
		return p.kind(expression.X)
	case *ast.ArrayType:
		return "[]" + p.kind(expression.Elt)
	case *ast.MapType:
		return "{}" + p.kind(expression.Value)
	case *ast.SelectorExpr:
		name := p.imports[expression.X.(*ast.Ident).Name] + "." + expression.Sel.Name
		if kind, ok := p.kinds[name]; ok {
			return kind
		}
		panic(name + " is a type of another package; add it to the kinds")
	case *ast.Ident:
		switch expression.Name {
		case "string":
			return "text"
		case "bool":
			return "flag"
		case "int":
			return "integer"
		case "float64":
			return "number"
		}
		return p.named(expression.Name)
	}
	panic(fmt.Sprintf("%s has a field of a type that is not known here: %T", p.name, expression))
}

// The kind of a type of the package. What it reads itself has to be read as what it is.
func (p sourcePackage) named(name string) string {
	p.checkReading(name)
	if _, ok := p.types[name].Type.(*ast.StructType); ok {
		return p.structure(name)
	}
	return p.kind(p.types[name].Type)
}

// checkReading panics unless the type is read as the fields or the text that it has: its UnmarshalYAML asks once, for a type that is its own.
func (p sourcePackage) checkReading(name string) {
	reading := p.method(name, "UnmarshalYAML")
	if reading == nil {
		return
	}
	asked := 0
	ast.Inspect(reading, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			if called, ok := call.Fun.(*ast.Ident); ok && called.Name == "unmarshal" {
				asked++
			}
		}
		return true
	})
	if asked != 1 {
		panic(fmt.Sprintf("%s.%s asks for its YAML %d times", p.name, name, asked))
	}
}

func (p sourcePackage) structure(typeName string) string {
	p.checkReading(typeName)
	spec := p.types[typeName]
	if alias, ok := spec.Type.(*ast.Ident); ok {
		return p.structure(alias.Name)
	}
	name := p.name + "." + typeName
	if _, ok := p.table.Structs[name]; ok && !p.read[name] {
		compiled := p.table.Structs[name]
		delete(p.table.Structs, name)
		p.structure(typeName)
		if !reflect.DeepEqual(compiled, p.table.Structs[name]) {
			panic(fmt.Sprintf("%s is %v when it is compiled, and %v as it is read", name, compiled, p.table.Structs[name]))
		}
	}
	if p.read[name] {
		return name
	}
	p.read[name] = true
	fields := map[string]string{}
	p.table.Structs[name] = fields
	for _, field := range spec.Type.(*ast.StructType).Fields.List {
		if field.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(field.Tag.Value)
		check(err)
		key, options, _ := strings.Cut(reflect.StructTag(tag).Get("yaml"), ",")
		switch {
		case key == "-":
		case options == "inline":
			fields["+"] = strings.TrimPrefix(fields["+"]+","+p.kind(field.Type), ",")
		case key == "":
			panic(fmt.Sprintf("%s has a field without a name", name))
		default:
			fields[key] = p.kind(field.Type)
		}
	}
	return name
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
