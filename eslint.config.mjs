import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  // The folders of .gitignore too: what is unpacked into them is not ours.
  { ignores: [".sandbox", ".tools", "dist", "**/*.mjs", "**/*.cjs", "**/*.generated.ts"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { "@pulumi": pulumi },
    rules: {
      // An Output in a template literal prints "Calling [toString] on an [Output<T>] is not supported".
      "@pulumi/no-output-in-template-literal": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/no-explicit-any": "error",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // mocha's `it` returns nothing that could be awaited.
      "@typescript-eslint/no-floating-promises": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
);
