import { runService } from '#service';
import { QuestionnaireModule } from './questionnaire.module.js';

await runService('questionnaire', QuestionnaireModule);
