import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  // The page works from any folder of any host.
  base: './',
  // Packages from their sources, as everything in this repository. Outside of it the default conditions are right.
  resolve: { conditions: ['@charter/source', ...defaultClientConditions] },
  worker: { format: 'es' },
  // ONNX Runtime finds its WebAssembly beside its script.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
});
