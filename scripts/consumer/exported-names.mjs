// Prints the names that each module given on the command line exports, or the error that importing it threw.
const exported = {};
for (const specifier of process.argv.slice(2)) {
  try {
    // Of CommonJS, Node shows these two beside the names.
    const { default: _, 'module.exports': __, ...names } = await import(specifier);
    exported[specifier] = Object.keys(names).sort();
  } catch (error) {
    exported[specifier] = error.stack;
  }
}
console.log(JSON.stringify(exported));
