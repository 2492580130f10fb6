import { render } from 'preact';
import './style.css';
import { App } from './ui/app.js';
import { studio } from './ui/studio.js';

const place = document.getElementById('studio');
if (place) render(<App />, place);
void studio.open(location.hash);
addEventListener('hashchange', () => void studio.open(location.hash));
