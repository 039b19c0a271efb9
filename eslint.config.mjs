import { createRequire } from "node:module";
import eslint from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const pulumi = createRequire(import.meta.url)("@pulumi/eslint-plugin");

const noPulumi = {
  modules: "@pulumi/[^/]+",
  message: "Templates are pure: data in, text out. What needs Pulumi belongs in components/.",
};
const noCommand = {
  modules: "@pulumi/command",
  message: "Machines are reached through one door: only components/host/ may import @pulumi/command.",
};
const noComponents = {
  modules: "(\\.\\./)+components",
  message: "Templates know nothing of components; components call templates.",
};

const noPulumiInModel = {
  modules: "@pulumi/[^/]+",
  message: "The model is pure: it loads no Pulumi. What needs an Output belongs in components/.",
};
const noComponentsInModel = {
  modules: "(\\.\\./)+components",
  message: "The model knows the arguments of components by their types only; components call the model.",
};

/** Rules against every way to load a module: import, export from, import(), a type's import() and require(). */
function wall(...forbidden) {
  const pattern = ({ modules }) => `^${modules}(/|$)`;
  const selectors = (regex) => [
    `ImportExpression[source.value=/${regex}/]`,
    `TSImportType[source.value=/${regex}/]`,
    `CallExpression[callee.name="require"][arguments.0.value=/${regex}/]`,
  ];
  return {
    "no-restricted-imports": [
      "error",
      { patterns: forbidden.map((each) => ({ regex: pattern(each), message: each.message })) },
    ],
    "no-restricted-syntax": [
      "error",
      ...forbidden.flatMap((each) =>
        selectors(pattern(each).replaceAll("/", "\\/")).map((selector) => ({
          selector,
          message: each.message,
        })),
      ),
    ],
  };
}

const subjects = [
  "alertmanager",
  "exporters",
  "firewall",
  "gateway",
  "hosts",
  "identity",
  "overlay",
  "prometheus",
  "stack",
];
/** Files of model/ that know no subject. */
const ground = "addresses|checks|choices|defaults|durations|fields|keys|known|networks|problem";

/** A rule against imports of values. Types may be imported: nothing of them is left when the program runs. */
function valueWall(...forbidden) {
  const patterns = forbidden.map(({ modules, message }) => ({
    regex: `^${modules}(/|$)`,
    message,
    allowTypeImports: true,
  }));
  return { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] };
}

/** Walls between the folders of subjects: what two subjects need is in model/ or, if it is about a host, in host/. */
const subjectWalls = ["components", "templates"].flatMap((room) =>
  subjects
    .filter((subject) => subject !== "stack")
    .map((subject) => ({
      files: [`${room}/${subject}/**/*.ts`],
      rules: valueWall(
        {
          modules: `\\.\\./(${subjects.filter((other) => other !== subject).join("|")})`,
          message: "A subject takes no value from another one: move what both need to model/.",
        },
        ...(room === "templates"
          ? [
              {
                modules: `(\\.\\./)+model/(?!(${ground})$).*`,
                message: "Templates know data, not how the model makes it.",
              },
            ]
          : []),
      ),
    })),
);

export default defineConfig(
  globalIgnores(["dist/", ".lab/", "**/goldens/"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  eslint.configs.recommended,
  {
    files: ["**/*.{ts,mts}"],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { "@pulumi": pulumi },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
      "@typescript-eslint/prefer-optional-chain": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: "error",
      "no-console": "off",
      "no-else-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: { process: "readonly", console: "readonly" } } },
  { files: ["**/*.{ts,mts}"], ignores: ["components/host/**", "test/**"], rules: wall(noCommand) },
  { files: ["templates/**/*.ts"], rules: wall(noPulumi, noComponents) },
  { files: ["model/**/*.ts", "mixins/**/*.ts"], rules: valueWall(noPulumiInModel, noComponentsInModel) },
  ...subjectWalls,
  {
    // Schema inference has no name for "anything" but `any`: upstream's sections that we do not type are passed through.
    files: [
      "components/alertmanager/alertmanagerConfig.ts",
      "components/prometheus/prometheusConfig.ts",
      "model/upstream/alertmanagerTypes.ts",
    ],
    rules: { "@typescript-eslint/no-explicit-any": "off" },
  },
);
