// The same by require().
const exported = {};
for (const specifier of process.argv.slice(2)) {
  try {
    exported[specifier] = Object.keys(require(specifier)).sort();
  } catch (error) {
    exported[specifier] = error.stack;
  }
}
console.log(JSON.stringify(exported));
