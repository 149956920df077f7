import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses: the page works under any path prefix of a reverse proxy.
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The style sheets rely on light-dark() and nesting as they are.
    target: ['chrome125', 'firefox128', 'safari17.5'],
    // Everything is a file: `data:` images would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // The engine's modules only define tables and functions, so unused ones can go.
      treeshake: { moduleSideEffects: id => !id.includes('/twin/') },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/live': 'ws://127.0.0.1:8080' } },
});
