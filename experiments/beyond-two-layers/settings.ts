export const group = 'beyond-two-layers';

/** Test accuracy: 17 prepared sets of data/delgado and four plain ones. */
export const uci = {
  sets: [
    'blood',
    'breast-cancer',
    'breast-cancer-wisc-diag',
    'fertility',
    'haberman',
    'heart-cleveland',
    'heart-hungarian',
    'hepatitis',
    'hill-valley',
    'horse-colic',
    'ilpd-indian-liver',
    'ionosphere',
    'iris',
    'mammographic',
    'monks-1',
    'parkinsons',
    'pima',
    'planning',
    'spectf',
    'statlog-heart',
    'tic-tac-toe',
  ],
  seeds: [1, 2, 3, 4, 5],
  /** Largest first: of equal validation accuracies the larger λ is taken. */
  lambdas: [0.3, 0.1, 0.03, 0.01],
  most: 160,
  width: 2,
  steps: 1000,
  rounds: 1,
} as const;
