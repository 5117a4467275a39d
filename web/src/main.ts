import { createApp } from 'vue';
import 'element-plus/theme-chalk/base.css';
import './tokens.css';
import './base.css';
import App from './App.vue';
import { i18n, speak } from './i18n';
import { router } from './router';
import { prefs } from './stores/prefs';

await speak(prefs.language);
createApp(App).use(i18n).use(router).mount('#app');
